"""Whole answers for Bedrock's callers."""

import json
from typing import Any

import pytest

from tests.llm.wire.bedrock_converse import check_reply
from trigate.llm.conversation import Conversation, Part, Text, ToolCall
from trigate.llm.dialects.bedrock_converse.reply_writer import write_reply
from trigate.llm.loss import Losses
from trigate.llm.reply import Choice, Reply, Stop, Tally

ASK = Conversation(dialect="bedrock_converse", model="asked-model", turns=[])


def written(*parts: Part, stop: Stop = "end", losses: Losses | None = None, **members: Any) -> dict[str, Any]:
    choices = members.pop("choices", [Choice(parts=list(parts), stop=stop)])
    reply = Reply(dialect="openai_chat", id="r", model="m", choices=choices, **members)
    body = write_reply(reply, ASK, losses if losses is not None else Losses())
    check_reply(body)
    return json.loads(body)


def test_an_answer_has_all_that_boto_demands():
    body = written(
        Text(text="Hi"), ToolCall(id="c", name="f", arguments='{"a":1}'), stop="tool", tally=Tally(input=3, output=2)
    )
    assert body["output"]["message"]["content"][1] == {"toolUse": {"toolUseId": "c", "name": "f", "input": {"a": 1}}}
    assert body["stopReason"] == "tool_use"
    assert body["usage"] == {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5}


@pytest.mark.parametrize(
    "stop", ["end", "length", "sequence", "tool", "filter", "refusal", "pause", "context", "other"]
)
def test_every_end_is_one_that_clients_know(stop: Stop):
    written(Text(text="a"), stop=stop)


def test_what_is_not_said_is_told():
    losses = Losses()
    choices = [Choice(parts=[], logprobs={"content": []}, extra={"a": 1}), Choice(parts=[])]
    written(choices=choices, losses=losses, extra={"b": 1})
    assert [each.field for each in losses.found()] == ["choices", "choices.logprobs", "choices.a", "b"]


def test_no_answer_at_all_is_still_one():
    assert written(choices=[])["output"]["message"]["content"] == []
