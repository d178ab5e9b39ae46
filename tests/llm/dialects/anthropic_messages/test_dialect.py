"""The dialect is found by its name and speaks both ways."""

import json

from tests.llm.dialects.anthropic_messages.scene import LIMIT, MODEL, ask, read
from trigate.core.errors import NotFound, StreamBroken
from trigate.llm.chat_dialect import Refused
from trigate.llm.chat_dialects import CHAT_DIALECTS, find_chat_dialect
from trigate.llm.dialects.anthropic_messages.dialect import DIALECT
from trigate.llm.loss import Losses
from trigate.llm.reply import Begin, Tally

REPLY = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": MODEL,
    "content": [{"type": "text", "text": "a"}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {
        "input_tokens": 1,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": 2,
    },
}


def test_it_is_found_by_its_name() -> None:
    assert "anthropic_messages" in CHAT_DIALECTS
    assert find_chat_dialect("anthropic_messages") is DIALECT
    assert DIALECT.name == "anthropic_messages"


def test_an_answer_comes_back_as_it_was() -> None:
    body = json.dumps(REPLY).encode()
    assert json.loads(DIALECT.write_reply(DIALECT.read_reply(body), read(ask()), Losses())) == REPLY
    assert DIALECT.read_tally(body) == Tally(input=1, output=2)


def test_streams_are_read_written_and_passed() -> None:
    event = b'event: message_start\ndata: {"type":"message_start","message":{"id":"m"}}\n\n'
    assert DIALECT.stream_reader(LIMIT).feed(event) == [Begin(id="m")]
    assert DIALECT.stream_writer(read(ask())).write([Begin(id="m")]).startswith(b"event: message_start\n")
    assert DIALECT.passing(LIMIT, hides_usage=True).feed(event) == event


def test_errors_are_told_and_understood() -> None:
    assert json.loads(DIALECT.write_error(NotFound("where?")))["error"]["type"] == "not_found_error"
    assert DIALECT.write_failure(StreamBroken("gone")).startswith(b"event: error\n")
    assert DIALECT.read_refused(500, b"") == Refused("the provider answered 500")
