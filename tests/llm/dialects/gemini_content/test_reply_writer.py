"""Whole answers for Gemini callers."""

import json
from typing import Any

import pytest

from tests.llm.wire.gemini_content import check_reply
from trigate.llm.conversation import Conversation, Part, Text, Thought, ToolCall
from trigate.llm.dialects.gemini_content.reply_writer import write_reply
from trigate.llm.loss import Losses
from trigate.llm.reply import Choice, Reply, Stop, Tally

ASK = Conversation(dialect="gemini_content", model="asked-model", turns=[])


def written(*parts: Part, stop: Stop = "end", losses: Losses | None = None, **members: Any) -> dict[str, Any]:
    reply = Reply(
        dialect="anthropic_messages",
        id="msg_1",
        model="claude",
        choices=[Choice(parts=list(parts), stop=stop)],
        **members,
    )
    body = write_reply(reply, ASK, losses if losses is not None else Losses())
    check_reply(body)
    return json.loads(body)


def test_calls_come_whole():
    body = written(ToolCall(id="t1", name="f", arguments='{"a":1}'), stop="tool")
    (candidate,) = body["candidates"]
    assert candidate["content"]["parts"] == [{"functionCall": {"id": "t1", "name": "f", "args": {"a": 1}}}]
    assert candidate["finishReason"] == "STOP"


def test_a_signature_of_googles_joins_its_text():
    seal = Thought(signature="AAAA", maker="google", redacted=True)
    parts = written(Text(text="42"), seal)["candidates"][0]["content"]["parts"]
    assert parts == [{"text": "42", "thoughtSignature": "AAAA"}]


def test_counts_are_said_in_googles_way():
    usage = written(tally=Tally(input=5, cache_read=20, cache_write=10, output=3, reasoning=7))["usageMetadata"]
    assert usage == {
        "promptTokenCount": 35,
        "candidatesTokenCount": 3,
        "cachedContentTokenCount": 20,
        "thoughtsTokenCount": 7,
        "totalTokenCount": 45,
    }


@pytest.mark.parametrize(
    "stop", ["end", "length", "sequence", "tool", "filter", "refusal", "pause", "context", "other"]
)
def test_every_end_is_one_that_clients_know(stop: Stop):
    written(Text(text="a"), stop=stop)


def test_what_only_the_provider_knows_is_told():
    losses = Losses()
    written(losses=losses, extra={"container": 1})
    assert [each.field for each in losses.found()] == ["container"]
