"""Nothing is lost between the dialect and itself, and nothing that anybody sends makes it stumble."""

import contextlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.llm.dialects.openai_chat.scene import FUTURE, JSON, read, write
from trigate.core.errors import ContentBlocked, GatewayError, Overloaded, UpstreamProtocolError
from trigate.llm.dialects.openai_chat.dialect import DIALECT
from trigate.llm.error import InvalidParameter
from trigate.llm.loss import Losses

NAME = st.text("abcdef_", min_size=1, max_size=8)
WORDS = st.text(min_size=1, max_size=12)


def members(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An object with members that are known, and some that are not."""
    known = st.fixed_dictionaries(required, optional=optional)
    return st.tuples(known, FUTURE).map(lambda both: {**both[0], **both[1]})


MARK = members({"type": st.just("ephemeral")}, {"ttl": st.sampled_from(["5m", "1h"])})
BREAKPOINT = members({"mode": st.just("explicit")}, {"ttl": st.sampled_from(["30m", "12h"])})
MARKS = {"cache_control": MARK, "prompt_cache_breakpoint": BREAKPOINT}
TEXT = members({"type": st.just("text"), "text": st.text(max_size=12)}, MARKS)
URL = st.sampled_from(
    ["https://example.org/a", "data:image/png;base64,AAAA", "data:;base64,A", "data:x,y", "data:a;b;base64,"]
)
IMAGE = members(
    {"type": st.just("image_url"), "image_url": members({"url": URL}, {"detail": st.sampled_from(["low", "auto"])})},
    MARKS,
)
AUDIO = members(
    {
        "type": st.just("input_audio"),
        "input_audio": members({"data": WORDS}, {"format": st.sampled_from(["wav", "mp3", "mpeg", "x-m4a", "pcm16"])}),
    },
    {},
)
FILE = members(
    {"type": st.just("file"), "file": members({}, {"file_data": URL | WORDS, "file_id": WORDS, "filename": WORDS})}, {}
)
STRANGE = members({"type": st.just("future_part")}, {"value": JSON})
CONTENT = st.text(max_size=12) | st.lists(TEXT | IMAGE | AUDIO | FILE | STRANGE, min_size=1, max_size=3)
FUNCTION = members({"name": NAME, "arguments": st.text(max_size=12)}, {})
CALL = members({"id": NAME, "type": st.just("function"), "function": FUNCTION}, {})
CUSTOM = members({"id": NAME, "type": st.just("custom"), "custom": members({"name": NAME, "input": WORDS}, {})}, {})
FORMAT = st.sampled_from(["anthropic-claude-v1", "google-gemini-v1", "openai-responses-v1", "unknown", "mine"])
ABOUT = {"format": FORMAT, "index": st.integers(0, 9), "id": NAME}
DETAIL = (
    members({"type": st.just("reasoning.text"), "text": WORDS}, {**ABOUT, "signature": WORDS})
    | members({"type": st.just("reasoning.summary"), "summary": WORDS}, ABOUT)
    | members({"type": st.just("reasoning.encrypted"), "data": WORDS}, ABOUT)
    | members({"type": st.just("reasoning.future")}, {"value": JSON})
)
MESSAGE = (
    members({"role": st.sampled_from(["system", "developer"]), "content": CONTENT}, {"name": NAME})
    | members({"role": st.just("user"), "content": CONTENT}, {"name": NAME})
    | members({"role": st.just("tool"), "tool_call_id": NAME, "content": CONTENT}, {})
    | members({"role": st.just("function"), "name": NAME, "content": CONTENT}, {})
    | members(
        {"role": st.just("assistant")},
        {
            "content": CONTENT | st.none(),
            "refusal": WORDS,
            "reasoning_content": WORDS,
            "reasoning": WORDS,
            "reasoning_details": st.lists(DETAIL, min_size=1, max_size=4),
            "tool_calls": st.lists(CALL | CUSTOM, min_size=1, max_size=3),
            "function_call": FUNCTION,
            "audio": members({"id": WORDS}, {}),
        },
    )
)
SCHEMA = st.dictionaries(NAME, JSON, max_size=2)
DEFINITION = members(
    {"name": NAME},
    {"description": WORDS, "parameters": st.dictionaries(NAME, JSON, max_size=2), "strict": st.booleans()},
)
TOOL = (
    members({"type": st.just("function"), "function": DEFINITION}, MARKS)
    | members({"type": st.just("custom"), "custom": members({"name": NAME}, {"format": JSON})}, {})
    | members({"type": st.just("future_tool")}, {"value": JSON})
)
CHOICE = st.sampled_from(["auto", "none", "required"]) | members(
    {"type": st.just("function"), "function": members({"name": NAME}, {})}, {}
)
FORM = st.sampled_from([{"type": "text"}, {"type": "json_object"}, {"type": "future_form", "x": 1}]) | members(
    {
        "type": st.just("json_schema"),
        "json_schema": members(
            {"name": NAME, "schema": st.dictionaries(NAME, JSON, max_size=2)}, {"strict": st.booleans()}
        ),
    },
    {},
)
NUMBER = st.floats(-2, 2) | st.integers(0, 5)
ASK = members(
    {"model": st.just("m"), "messages": st.lists(MESSAGE, min_size=1, max_size=4)},
    {
        "tools": st.lists(TOOL, min_size=1, max_size=3),
        "tool_choice": CHOICE,
        "functions": st.lists(DEFINITION, min_size=1, max_size=2),
        "parallel_tool_calls": st.booleans(),
        "response_format": FORM,
        "reasoning_effort": st.sampled_from(["none", "low", "max", "turbo"]),
        "reasoning": members({}, {"effort": st.sampled_from(["low", "odd"]), "max_tokens": st.integers(1, 9)}),
        "thinking": members({"type": st.sampled_from(["enabled", "disabled"])}, {"budget_tokens": st.integers(1, 9)}),
        "max_tokens": st.integers(1, 99),
        "max_completion_tokens": st.integers(1, 99),
        "stop": WORDS | st.lists(WORDS, min_size=1, max_size=6),
        "temperature": NUMBER,
        "top_k": st.integers(0, 9),
        "seed": st.integers(),
        "n": st.integers(1, 3),
        "logprobs": st.booleans(),
        "user": WORDS,
        "safety_identifier": WORDS,
        "metadata": st.dictionaries(NAME, WORDS, max_size=2),
        "service_tier": st.sampled_from(["auto", "odd"]),
        "prompt_cache_key": WORDS,
        "modalities": st.sampled_from([["text"], ["text", "audio"]]),
        "store": st.booleans(),
        "stream": st.just(False),
        "verbosity": st.just("low"),
    },
)


@given(ASK)
def test_an_ask_comes_through_the_middle_value_for_value(body: dict[str, Any]):
    losses = Losses()
    conversation = DIALECT.read_ask(json.loads(json.dumps(body)), "m", streamed=False)
    written, _ = write(conversation)
    assert json.loads(msgspec.json.encode(written)) == body
    assert not losses


@given(ASK, st.data())
def test_whatever_is_wrong_in_an_ask_is_a_callers_fault(body: dict[str, Any], data: st.DataObject):
    broken = json.loads(json.dumps(body))
    spoil(broken, data)
    with contextlib.suppress(InvalidParameter):
        write(DIALECT.read_ask(broken, "m", streamed=False))


def spoil(value: Any, data: st.DataObject) -> None:
    """Put something else in one place."""
    while True:
        places: list[Any] = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not places:
            return
        place = data.draw(st.sampled_from(places))
        inner = value[place]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            value[place] = data.draw(JSON)
            return
        value = inner


@given(st.binary(max_size=64) | JSON.map(msgspec.json.encode))
def test_whatever_a_provider_answers_is_understood_or_its_fault(body: bytes):
    with pytest.raises(UpstreamProtocolError):
        DIALECT.read_reply(body)
    DIALECT.read_tally(body)
    assert DIALECT.read_refused(500, body).message


REPLY = {
    "id": "c",
    "created": 1,
    "model": "m",
    "choices": [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "logprobs": {"content": []},
            "message": {
                "role": "assistant",
                "content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}],
                "refusal": "No",
                "reasoning": "So",
                "reasoning_details": [{"type": "reasoning.encrypted", "data": "x", "id": "call_1"}],
                "annotations": [{"type": "url_citation", "url_citation": {"url": "u", "start_index": 1}}],
                "images": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}],
                "audio": {"id": "a", "data": "AA", "transcript": "t"},
                "function_call": {"name": "f", "arguments": "{}"},
                "tool_calls": [
                    {
                        "id": "call_1",
                        "type": "function",
                        "function": {"name": "f", "arguments": {"a": 1}},
                        "extra_content": {"google": {"thought_signature": "s"}},
                    }
                ],
            },
        }
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1},
}


@given(st.data())
def test_an_answer_with_anything_wrong_is_understood_or_the_providers_fault(data: st.DataObject):
    broken = json.loads(json.dumps(REPLY))
    spoil(broken, data)
    try:
        reply = DIALECT.read_reply(msgspec.json.encode(broken))
    except UpstreamProtocolError:
        return
    json.loads(DIALECT.write_reply(reply, read(), Losses()))


def test_the_gateways_errors_have_openais_form():
    assert json.loads(DIALECT.write_error(InvalidParameter("no", "stop"))) == {
        "error": {
            "message": "no",
            "type": "invalid_request_error",
            "param": "stop",
            "code": "request.invalid_parameter",
        }
    }
    assert json.loads(DIALECT.write_error(Overloaded("busy")))["error"]["type"] == "server_error"


def test_inside_a_stream_an_error_is_an_event():
    written = DIALECT.write_failure(ContentBlocked("no"))
    assert written.startswith(b'data: {"error":')
    assert written.endswith(b"\n\n")


def test_every_stream_has_readers_and_writers_of_its_own():
    conversation = read()
    assert DIALECT.stream_reader(9) is not DIALECT.stream_reader(9)
    assert DIALECT.stream_writer(conversation) is not DIALECT.stream_writer(conversation)
    assert DIALECT.passing(9, hides_usage=True).feed(b"") == b""


def test_an_ask_without_messages_is_refused():
    with pytest.raises(GatewayError, match="messages"):
        DIALECT.read_ask({"model": "m"}, "m", streamed=False)
