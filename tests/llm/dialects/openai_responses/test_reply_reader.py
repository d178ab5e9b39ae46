"""Whole answers of a provider, understood or refused."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.llm.dialects.openai_responses.scene import message, response
from trigate.core.errors import UpstreamFailed, UpstreamProtocolError
from trigate.llm.conversation import Image, Opaque, Refusal, Text, Thought, ToolCall
from trigate.llm.dialects.openai_responses.reply_reader import read_reply, read_tally, stop_of, tier_of
from trigate.llm.reply import Stop

CALL = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}


def encode(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_an_answer_has_its_parts_in_order() -> None:
    thought = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "sealed"}
    refusal = {"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}
    drawn = {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": "iVBO"}
    reply = read_reply(encode(response(thought, message("Hi"), refusal, CALL, drawn, {"type": "web_search_call"})))
    kinds = [type(each) for each in reply.choices[0].parts]
    assert kinds == [Thought, Text, Refusal, ToolCall, Image, Opaque]
    assert (reply.id, reply.model, reply.created) == ("resp_1", "m", 7)


def test_what_only_repeats_the_ask_is_no_part_of_the_answer() -> None:
    reply = read_reply(encode(response(message("Hi"), tools=[], truncation="auto", novelty=1)))
    assert reply.form == {"object": "response", "status": "completed", "tools": [], "truncation": "auto"}
    assert reply.extra == {"novelty": 1}


@pytest.mark.parametrize(
    ("status", "reason", "stop"),
    [
        ("completed", "", "end"),
        ("incomplete", "max_output_tokens", "length"),
        ("incomplete", "content_filter", "filter"),
        ("incomplete", "steered", "other"),
        ("cancelled", "", "other"),
    ],
)
def test_why_it_ended_is_told_by_status_and_reason(status: str, reason: str, stop: Stop) -> None:
    assert stop_of(status, reason, []) == stop


def test_a_call_or_a_refusal_tells_why_it_ended() -> None:
    assert stop_of("completed", "", [Refusal(text="No.")]) == "refusal"
    assert stop_of("completed", "", [Refusal(text="No."), ToolCall(id="1", name="f")]) == "tool"


def test_the_usage_is_read_alone() -> None:
    usage = {"input_tokens": 10, "output_tokens": 5, "input_tokens_details": {"cached_tokens": 4}}
    tally = read_tally(encode(response(usage=usage, service_tier="flex")))
    assert tally is not None
    assert (tally.input, tally.cache_read, tally.output, tally.service_tier) == (6, 4, 5, "flex")


@pytest.mark.parametrize(
    "usage", [None, {"input_tokens": 1, "input_tokens_details": {"cached_tokens": 9}}, {"output_tokens": 3}]
)
def test_usage_that_is_missing_or_cannot_be_true_is_none(usage: Any) -> None:
    assert read_tally(encode(response(usage=usage))) is None


@pytest.mark.parametrize("body", [b"", b"<html>", b"[" * 100000, b'{"usage": 3}'])
def test_what_is_no_response_has_no_usage(body: bytes) -> None:
    assert read_tally(body) is None


def test_a_tier_that_is_no_text_is_none() -> None:
    assert tier_of(3) == ""


@pytest.mark.parametrize("error", [{"code": "server_error", "message": "Out of order."}, {"code": "x"}])
def test_a_failure_inside_of_a_success_is_the_providers(error: Any) -> None:
    with pytest.raises(UpstreamFailed, match="the provider failed"):
        read_reply(encode(response(status="failed", error=error)))


def test_a_failure_without_words_is_one_too() -> None:
    with pytest.raises(UpstreamFailed):
        read_reply(encode(response(status="failed")))


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'"x"', b"[" * 100000, b'{"output": 3}', b'{"output": [3]}'])
def test_what_is_no_response_is_refused(body: bytes) -> None:
    with pytest.raises(UpstreamProtocolError):
        read_reply(body)


wild = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)
MEMBERS = ["id", "model", "created_at", "status", "output", "usage", "error", "incomplete_details", "service_tier"]
ITEM = ["type", "id", "call_id", "name", "arguments", "input", "summary", "content", "encrypted_content", "result"]
KINDS = ["message", "reasoning", "function_call", "custom_tool_call", "image_generation_call", "x"]
items = st.builds(
    lambda kind, rest: {**rest, "type": kind}, st.sampled_from(KINDS), st.dictionaries(st.sampled_from(ITEM), wild)
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(MEMBERS), wild), st.lists(items, max_size=3))
def test_absurd_answers_are_the_providers_fault_alone(members: dict[str, Any], output: list[Any]) -> None:
    for each in ({**members, "output": output}, members):
        with contextlib.suppress(UpstreamFailed):
            read_reply(encode(each))
