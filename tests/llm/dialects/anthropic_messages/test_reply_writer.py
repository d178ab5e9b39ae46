"""Answers of other dialects are told to callers of this one."""

import json
from typing import Any

import pytest

from tests.llm.dialects.anthropic_messages.scene import LIMIT, ask, read
from tests.llm.wire.anthropic_messages import check_reply
from trigate.llm.conversation import (
    Audio,
    Citation,
    Image,
    Media,
    Opaque,
    Part,
    Refusal,
    Text,
    Thought,
    ToolCall,
)
from trigate.llm.dialects.anthropic_messages.reply_writer import write_reply
from trigate.llm.loss import Losses
from trigate.llm.reply import Choice, Reply, Stop, Tally


def write(*parts: Part, stop: Stop = "end", **members: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    losses = Losses()
    choice = Choice(parts=list(parts), stop=stop, sequence="END" if stop == "sequence" else "")
    reply = Reply(dialect="openai_chat", id=members.pop("id", "r1"), model="m", choices=[choice], **members)
    body = write_reply(reply, read(ask()), losses)
    assert len(body) < LIMIT
    check_reply(body)
    return json.loads(body), [(each.field, each.fate) for each in losses.found()]


def test_an_answer_is_a_message() -> None:
    message, losses = write(Text(text="a"), tally=Tally(input=5, cache_read=3, output=2, reasoning=4))
    assert message["content"] == [{"type": "text", "text": "a"}]
    assert message["usage"]["output_tokens"] == 6
    assert message["usage"]["cache_read_input_tokens"] == 3
    assert losses == []


def test_a_thought_keeps_its_maker() -> None:
    message, losses = write(
        Thought(text="t", signature="gAAA", maker="openai"),
        Thought(signature="gBBB", maker="openai", redacted=True),
        Thought(text="u"),
        Thought(redacted=True),
    )
    assert message["content"] == [
        {"type": "thinking", "thinking": "t", "signature": "tg~openai~gAAA"},
        {"type": "redacted_thinking", "data": "tg~openai~gBBB"},
        {"type": "thinking", "thinking": "u", "signature": ""},
    ]
    assert losses == []


def test_a_signed_call_comes_back_signed() -> None:
    call = ToolCall(id="c", name="n", arguments='{"a":1}', signature="Zz", maker="google")
    message, _ = write(call)
    assert message["stop_reason"] == "tool_use"
    turn = read(ask({"role": "assistant", "content": message["content"]})).turns[0]
    assert turn.parts == [call]


def test_a_call_without_an_identifier_gets_one() -> None:
    message, _ = write(ToolCall(id="", name="n"))
    assert message["content"][0]["id"].startswith("toolu_")


def test_a_message_without_an_identifier_gets_one() -> None:
    assert write(id="")[0]["id"].startswith("msg_")


@pytest.mark.parametrize(
    ("part", "block", "loss"),
    [
        (Refusal(text="no"), {"type": "text", "text": "no"}, None),
        (Audio(media=Media(data="AA"), transcript="hi"), {"type": "text", "text": "hi"}, ("content.audio", "degraded")),
        (Image(media=Media(data="AA")), None, ("content.image", "dropped")),
        (Opaque(dialect="x", kind="search", value={}), None, ("content.search", "dropped")),
        (Text(text="", extra={"x": 1}), None, ("content.x", "dropped")),
        (Text(text="a", citations=[Citation(quote="q")]), {"type": "text", "text": "a"}, ("citations", "dropped")),
    ],
)
def test_other_parts_are_told_as_far_as_they_can_be(part: Part, block: Any, loss: Any) -> None:
    message, losses = write(part)
    assert message["content"] == ([block] if block else [])
    assert losses == ([loss] if loss else [])


def test_arguments_that_are_no_object_become_one() -> None:
    message, losses = write(
        ToolCall(id="c", name="n", arguments="{bad"), ToolCall(id="d", name="m", arguments="x", custom=True)
    )
    assert [each["input"] for each in message["content"]] == [{"arguments": "{bad"}, {"input": "x"}]
    assert losses == [("tool_calls.arguments", "degraded")]


def test_the_sequence_that_was_met_is_told() -> None:
    message, _ = write(Text(text="a"), stop="sequence")
    assert (message["stop_reason"], message["stop_sequence"]) == ("stop_sequence", "END")


def test_what_has_no_place_is_named() -> None:
    losses = Losses()
    choices = [Choice(parts=[], logprobs={"content": []}, extra={"x": 1}), Choice(parts=[])]
    reply = Reply(dialect="openai_chat", id="r", model="m", choices=choices, extra={"y": 1})
    check_reply(write_reply(reply, read(ask()), losses))
    assert [each.field for each in losses.found()] == ["choices", "logprobs", "choices.x", "y"]
