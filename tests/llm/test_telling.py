"""Bodies put together: what a stream says in pieces is one text, whatever its dialect."""

from typing import Any

import msgspec
import pytest

from tests.llm.scene import DONE, STOP, USAGE, event
from tests.llm.test_transcript import transcript
from trigate.llm.chat_dialects import find_chat_dialect
from trigate.llm.conversation import Text
from trigate.llm.reply import Begin, ChoiceEnd, Count, Delta, End, PartBegin, PartEnd, Tally
from trigate.llm.telling import NOT_KEPT, told, told_answer, told_ask


def word(text: str, **delta: Any) -> bytes:
    return event(msgspec.json.encode({"id": "c", "choices": [{"index": 0, "delta": {"content": text, **delta}}]}))


def test_the_pieces_of_a_stream_are_one_text():
    answer = word("can") + word("ary-") + b": keep-alive\n\n" + word("secret") + event(STOP) + event(USAGE) + DONE
    found = told_answer(transcript(streamed=True, answer=answer))
    assert [(each["type"], each["text"]) for each in found["parts"]] == [("text", "canary-secret")]
    assert (found["stop"], found["usage"]["output"]) == ({"0": "end"}, 2)


def test_the_arguments_of_a_tool_are_the_json_they_are():
    begin = {"index": 0, "id": "t", "type": "function", "function": {"name": "f", "arguments": ""}}
    more = [{"index": 0, "function": {"arguments": piece}} for piece in ('{"key": "can', "\\u0061", 'ry"}')]
    events = [word("", tool_calls=[each]) for each in (begin, *more)]
    found = told_answer(transcript(streamed=True, answer=b"".join([*events, event(STOP), DONE])))
    (tool,) = [each for each in found["parts"] if each["type"] == "toolcall"]
    assert (tool["name"], tool["arguments"]) == ("f", {"key": "canary"})


def test_a_stream_that_was_cut_off_tells_what_there_is():
    answer = word("hel") + word("lo")
    found = told_answer(transcript(streamed=True, answer=answer + word("never")[:-9]))
    assert found["parts"][0]["text"] == "hello"


@pytest.mark.parametrize("answer", [b"", b"\xff\x00", b"data: {\n\n", b"no stream: canary"])
def test_what_is_no_stream_is_not_kept(answer: bytes):
    assert told_answer(transcript(streamed=True, answer=answer)) == NOT_KEPT


def test_an_answer_that_came_whole_in_place_of_a_stream_is_its_json():
    assert told_answer(transcript(streamed=True, answer=b'{"error":1}')) == {"error": 1}
    assert told_answer(transcript(streamed=True, status=500, answer=b"broken")) == "broken"


SAID = [
    Begin(id="i", model="m"),
    PartBegin(index=0, part=Text(text="")),
    *(Delta(index=0, text=letter) for letter in "canary-secret"),
    PartEnd(index=0),
    ChoiceEnd(stop="end"),
    Count(tally=Tally(input=3, output=2)),
    End(),
]


@pytest.mark.parametrize(
    "dialect",
    ["openai_chat", "openai_responses", "anthropic_messages", "gemini_content", "bedrock_converse", "cohere_chat"],
)
def test_streams_of_every_dialect_are_put_together_also_when_they_are_cut_off(dialect: str):
    ask = {"messages": [{"role": "user", "content": "hi"}]}
    asked = find_chat_dialect("openai_chat").read_ask(ask, "m", streamed=True)
    answer = find_chat_dialect(dialect).stream_writer(asked).write(SAID)
    found = told_answer(transcript(streamed=True, dialect=dialect, answer=answer))
    assert "canary-secret" in [each.get("text") for each in found["parts"]]
    for cut in range(0, len(answer), 97):
        part = told_answer(transcript(streamed=True, dialect=dialect, answer=answer[:cut]))
        assert part == NOT_KEPT or isinstance(part, dict)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"a":1}', {"a": 1}),
        (b'{"a":"can\\u0061ry', '{"a":"canary'),
        (b'{"a":"tg\\/x\\n', '{"a":"tg/x\n'),
        (b'"\\ud83d\\ude00', '"😀'),
        (b'"\\ud83d', '"\ufffd'),
        (b"\xff", "\ufffd"),
    ],
)
def test_what_cannot_be_read_as_json_is_a_text_without_escapes(body: bytes, text: Any):
    assert told(body) == text
    msgspec.json.encode(told(body))


def test_an_ask_is_its_json():
    assert told_ask(transcript(ask=b'{"model":"m"}')) == {"model": "m"}
