"""Nothing is lost between the dialect and itself, and nothing that anybody sends makes it stumble."""

import contextlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.llm.dialects.cohere_chat.scene import FUTURE, JSON, read, write
from trigate.core.errors import Overloaded, UpstreamProtocolError
from trigate.llm.dialects.cohere_chat.dialect import DIALECT
from trigate.llm.error import InvalidParameter
from trigate.llm.loss import Losses

NAME = st.text("abcdef_", min_size=1, max_size=8)
WORDS = st.text(min_size=1, max_size=12)


def members(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An object with members that are known, and some that are not."""
    known = st.fixed_dictionaries(required, optional=optional)
    return st.tuples(known, FUTURE).map(lambda both: {**both[0], **both[1]})


TEXT = members({"type": st.just("text"), "text": st.text(max_size=12)}, {})
URL = st.sampled_from(["https://example.org/a", "data:image/png;base64,AAAA", "data:x,y"])
IMAGE = members(
    {"type": st.just("image_url"), "image_url": members({"url": URL}, {"detail": st.sampled_from(["low", "odd"])})}, {}
)
STRANGE = members({"type": st.just("future_part")}, {"value": JSON})
DATA = st.dictionaries(st.sampled_from(["text", "snippet", "title", "url"]) | NAME, WORDS | JSON, max_size=3)
DOCUMENT = members({"data": DATA}, {"id": WORDS})
CONTENT = st.text(max_size=12) | st.lists(TEXT | IMAGE | STRANGE, min_size=1, max_size=3)
RESULT = st.text(max_size=12) | st.lists(
    TEXT | members({"type": st.just("document"), "document": DOCUMENT}, {}), min_size=1, max_size=3
)
SIGNATURE = st.sampled_from(["tg~anthropic~abc", "tg~google~x", "own"])
THOUGHT = members({"type": st.just("thinking"), "thinking": st.text(max_size=9)}, {"signature": SIGNATURE})
CALL = members(
    {
        "id": NAME,
        "type": st.just("function"),
        "function": members({"name": NAME, "arguments": st.text(max_size=12)}, {}),
    },
    {"signature": SIGNATURE},
)
MESSAGE = (
    members({"role": st.sampled_from(["system", "user"]), "content": CONTENT}, {})
    | members({"role": st.just("tool"), "tool_call_id": NAME, "content": RESULT}, {})
    | members(
        {"role": st.just("assistant")},
        {
            "content": st.text(max_size=9) | st.lists(TEXT | THOUGHT | STRANGE, min_size=1, max_size=3) | st.none(),
            "tool_plan": WORDS,
            "tool_calls": st.lists(CALL, min_size=1, max_size=3),
        },
    )
)
SCHEMA = st.dictionaries(NAME, JSON, max_size=2)
TOOL = members(
    {"type": st.just("function"), "function": members({"name": NAME}, {"description": WORDS, "parameters": SCHEMA})}, {}
)
ASK = members(
    {"model": st.just("m"), "messages": st.lists(MESSAGE, min_size=1, max_size=4)},
    {
        "tools": st.lists(TOOL, min_size=1, max_size=3),
        "tool_choice": st.sampled_from(["REQUIRED", "NONE"]),
        "strict_tools": st.booleans(),
        "documents": st.lists(st.text(max_size=9) | DOCUMENT, min_size=1, max_size=3),
        "citation_options": JSON.filter(lambda value: value is not None),
        "response_format": st.just({"type": "text"})
        | members({"type": st.just("json_object")}, {"json_schema": SCHEMA})
        | members({"type": st.just("json_object")}, {"schema": SCHEMA}),
        "thinking": members({"type": st.sampled_from(["enabled", "disabled"])}, {"token_budget": st.integers(0, 9)}),
        "max_tokens": st.integers(1, 99),
        "stop_sequences": st.lists(WORDS, min_size=1, max_size=6),
        "temperature": st.floats(0, 2),
        "p": st.floats(0, 1),
        "k": st.integers(0, 900),
        "frequency_penalty": st.floats(-1, 2),
        "seed": st.integers(),
        "logprobs": st.booleans(),
        "stream": st.just(False),
        "safety_mode": st.just("STRICT"),
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
    "finish_reason": "TOOL_CALL",
    "message": {
        "role": "assistant",
        "tool_plan": "I look.",
        "content": [{"type": "thinking", "thinking": "Hm"}, {"type": "text", "text": "Hi"}],
        "tool_calls": [{"id": "x", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        "citations": [
            {
                "start": 0,
                "end": 2,
                "text": "Hi",
                "content_index": 1,
                "type": "TEXT_CONTENT",
                "sources": [{"type": "document", "id": "doc:0", "document": {"title": "t"}}],
            }
        ],
    },
    "usage": {"tokens": {"input_tokens": 1.0, "output_tokens": 2}},
    "logprobs": [{"text": "Hi", "token_ids": [1], "logprobs": [-0.5]}],
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


def test_the_gateways_errors_have_coheres_form():
    assert json.loads(DIALECT.write_error(InvalidParameter("no", "p"))) == {
        "message": "no",
        "code": "request.invalid_parameter",
    }


def test_inside_a_stream_an_error_is_its_end():
    written = DIALECT.write_failure(Overloaded("busy"))
    assert written.startswith(b"event: message-end\ndata: ")
    assert json.loads(written.split(b"data: ")[1])["delta"] == {"finish_reason": "ERROR", "error": "busy"}


def test_every_stream_has_readers_and_writers_of_its_own():
    conversation = read()
    assert DIALECT.stream_reader(9) is not DIALECT.stream_reader(9)
    assert DIALECT.stream_writer(conversation) is not DIALECT.stream_writer(conversation)
    assert DIALECT.passing(9, hides_usage=False).feed(b"") == b""
