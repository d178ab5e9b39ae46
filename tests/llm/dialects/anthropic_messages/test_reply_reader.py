"""Providers' answers are understood, and nonsense is the provider's fault."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.conversation import Opaque, Text
from trigate.llm.dialects.anthropic_messages.reply_reader import read_reply
from trigate.llm.reply import Choice, Tally

MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": [{"type": "text", "text": "a"}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "container": None,
    "usage": {
        "input_tokens": 3,
        "output_tokens": 2,
        "speed": None,
        "server_tool_use": {"web_search_requests": 1},
        "inference_geo": "us",
    },
}


def read(**members: Any) -> Any:
    return read_reply(json.dumps({**MESSAGE, **members}).encode())


def test_an_answer_is_understood() -> None:
    reply = read()
    assert (reply.id, reply.model, reply.tally) == ("msg_1", "m", Tally(input=3, output=2, units={"web_searches": 1}))
    assert reply.choices == [Choice(parts=[Text(text="a")])]
    assert reply.extra == {"usage": {"server_tool_use": {"web_search_requests": 1}, "inference_geo": "us"}}


def test_a_refusal_says_why() -> None:
    details = {"type": "refusal", "category": "bio"}
    choice = read(stop_reason="refusal", stop_details=details).choices[0]
    assert (choice.stop, choice.extra) == ("refusal", {"stop_details": details})


def test_a_reason_of_tomorrow_is_kept() -> None:
    choice = read(stop_reason="boredom").choices[0]
    assert (choice.stop, choice.extra) == ("other", {"stop_reason": "boredom"})


def test_a_block_of_tomorrow_is_kept() -> None:
    part = read(content=[{"type": "hologram", "x": 1}]).choices[0].parts[0]
    assert isinstance(part, Opaque)


@pytest.mark.parametrize("usage", [None, {"input_tokens": -5, "output_tokens": 1}, {"input_tokens": "x"}])
def test_an_absurd_usage_is_no_count(usage: Any) -> None:
    assert read(usage=usage).tally is None


@pytest.mark.parametrize(
    "members",
    [
        {"content": None},
        {"content": ["a"]},
        {"content": [{"type": "text"}]},
        {"content": [{"type": "tool_use", "id": "a", "name": "n", "input": "x"}]},
        {"id": 5},
        {"stop_reason": 5},
        {"usage": 5},
        {"type": "error", "error": {"type": "overloaded_error", "message": "Full"}},
    ],
)
def test_nonsense_is_the_providers_fault(members: dict[str, Any]) -> None:
    with pytest.raises(UpstreamProtocolError):
        read(**members)


NAMES = ["type", "text", "content", "source", "id", "name", "input", "citations", "signature", "data", "x"]
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["text", "tool_use", "thinking", "image", "a"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(list(MESSAGE)), JSONS, max_size=3), JSONS, st.binary(max_size=20))
def test_any_answer_is_understood_or_is_the_providers_fault(members: Any, block: Any, body: bytes) -> None:
    for given_members in (members, {"content": [block]}):
        with suppress(UpstreamProtocolError):
            read(**given_members)
    with suppress(UpstreamProtocolError):
        read_reply(body)
