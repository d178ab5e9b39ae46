"""Whole answers of Gemini's."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.llm.dialects.gemini_content.scene import JSON
from trigate.core.errors import UpstreamProtocolError
from trigate.llm.conversation import Text, Thought, ToolCall
from trigate.llm.dialects.gemini_content.reply_reader import read_reply
from trigate.llm.reply import Reply


def reply(*parts: dict[str, Any], **candidate: Any) -> Reply:
    body = {"candidates": [{"content": {"parts": list(parts), "role": "model"}, "finishReason": "STOP", **candidate}]}
    return read_reply(json.dumps(body).encode())


def test_the_signature_of_a_text_follows_it_as_a_thought():
    (choice,) = reply({"text": "42", "thoughtSignature": "AAAA"}).choices
    assert choice.parts == [Text(text="42"), Thought(signature="AAAA", maker="google", redacted=True)]


def test_calls_get_identifiers():
    (choice,) = reply({"functionCall": {"name": "f"}}, {"functionCall": {"name": "f"}}).choices
    calls = [each.id for each in choice.parts if isinstance(each, ToolCall)]
    assert len(set(calls)) == 2
    assert all(each.startswith("call_") for each in calls)
    assert choice.stop == "tool"


def test_a_blocked_ask_is_a_filtered_answer():
    found = read_reply(b'{"promptFeedback":{"blockReason":"SAFETY"}}')
    assert [(each.parts, each.stop) for each in found.choices] == [([], "filter")]


def test_a_reason_that_others_have_no_word_for_is_kept():
    assert reply(finishReason="RECITATION").choices[0].extra == {"finishReason": "RECITATION"}
    assert reply(finishReason="SAFETY").choices[0].extra == {}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"candidates":[]}',
        b'{"candidates":5}',
        b'{"candidates":[{"content":5}]}',
        b'{"error":{"code":500,"message":"x"}}',
        b'{"promptFeedback":"no"}',
        b"[" * 100_000,
    ],
)
def test_an_absurd_answer_is_the_providers_fault(body: bytes):
    with pytest.raises(UpstreamProtocolError):
        read_reply(body)


MEMBERS = st.sampled_from(
    ["content", "parts", "text", "thought", "functionCall", "name", "args", "finishReason", "index"]
)
WILD = st.recursive(
    JSON, lambda inner: st.dictionaries(MEMBERS, inner, max_size=4) | st.lists(inner, max_size=3), max_leaves=12
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(WILD, WILD)
def test_no_answer_raises_anything_else(candidate: Any, usage: Any):
    body = {"candidates": [candidate], "usageMetadata": usage, "logprobsResult": candidate}
    with contextlib.suppress(UpstreamProtocolError):
        read_reply(json.dumps(body).encode())
