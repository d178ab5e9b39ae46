"""Whole answers of Bedrock's."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.llm.dialects.bedrock_converse.scene import JSON
from trigate.core.errors import UpstreamProtocolError
from trigate.llm.conversation import Text
from trigate.llm.dialects.bedrock_converse.reply_reader import read_reply
from trigate.llm.reply import Reply, Tally


def reply(*content: dict[str, Any], **members: Any) -> Reply:
    body = {"output": {"message": {"role": "assistant", "content": list(content)}}, "stopReason": "end_turn", **members}
    return read_reply(json.dumps(body).encode())


def test_an_answer_is_understood():
    found = reply(
        {"text": "Hi"}, usage={"inputTokens": 3, "outputTokens": 1, "totalTokens": 4}, metrics={"latencyMs": 1}
    )
    assert found.choices[0].parts == [Text(text="Hi")]
    assert (found.tally, found.extra) == (Tally(input=3, output=1), {})
    assert found.id.startswith("msg_")


def test_the_stop_sequence_is_found_where_claude_tells_it():
    found = reply(additionalModelResponseFields={"stop_sequence": "END"}, stopReason="stop_sequence")
    assert (found.choices[0].stop, found.choices[0].sequence, found.extra) == ("sequence", "END", {})


def test_a_reason_that_others_have_no_word_for_is_kept():
    assert reply(stopReason="guardrail_intervened").choices[0].extra == {"stopReason": "guardrail_intervened"}
    assert reply(stopReason="content_filtered").choices[0].extra == {}


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"output":{}}', b'{"output":{"message":{"content":5}}}', b"[" * 100_000]
)
def test_an_absurd_answer_is_the_providers_fault(body: bytes):
    with pytest.raises(UpstreamProtocolError):
        read_reply(body)


MEMBERS = st.sampled_from(
    [
        "text",
        "toolUse",
        "toolUseId",
        "name",
        "input",
        "reasoningContent",
        "reasoningText",
        "citationsContent",
        "content",
    ]
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
def test_no_answer_raises_anything_else(block: Any, other: Any):
    body = {"output": {"message": {"content": [block]}}, "stopReason": "end_turn", "usage": other, "metrics": other}
    with suppress(UpstreamProtocolError):
        read_reply(json.dumps(body).encode())
