"""The whole answer for a caller."""

import json
from typing import Any

import pytest

from tests.llm.dialects.openai_chat.scene import asked, read
from trigate.core.clock import clock
from trigate.llm.conversation import (
    Audio,
    Citation,
    Conversation,
    Image,
    Media,
    Opaque,
    Part,
    Refusal,
    Text,
    Thought,
    ToolCall,
)
from trigate.llm.dialects.openai_chat.reply_writer import is_legacy, now, write_reply
from trigate.llm.loss import Losses
from trigate.llm.reply import Choice, Reply, Stop

FUNCTION = {"name": "f"}


def answer(
    *parts: Part, stop: Stop = "end", sequence: str = "", conversation: Conversation | None = None
) -> tuple[dict[str, Any], list[str]]:
    losses = Losses()
    choice = Choice(parts=list(parts), stop=stop, sequence=sequence)
    reply = Reply(dialect="anthropic_messages", id="", model="", choices=[choice])
    body = json.loads(write_reply(reply, conversation or asked(dialect="openai_chat"), losses))
    return body, [each.field for each in losses.found()]


def test_what_the_provider_does_not_say_is_made_up():
    body, _ = answer(Text(text="Hi"))
    assert body["id"].startswith("chatcmpl-")
    assert body["model"] == "m"
    assert body["created"] > 0
    assert "usage" not in body


def test_the_parts_of_an_answer_have_their_members():
    body, losses = answer(
        Thought(text="Hm", signature="s", maker="anthropic"),
        Text(text="a"),
        Text(text="b", citations=[Citation(url="u", title="t"), Citation(document=0)]),
        Refusal(text="no"),
        Image(media=Media(data="AA", mime="image/png")),
        Audio(media=Media(data="AA"), transcript="x"),
        ToolCall(id="", name="f"),
        Opaque(dialect="anthropic_messages", kind="search", value={}),
    )
    message = body["choices"][0]["message"]
    assert (message["content"], message["refusal"], message["reasoning_content"]) == ("ab", "no", "Hm")
    assert message["reasoning_details"][0]["signature"] == "s"
    assert message["annotations"][0]["url_citation"]["start_index"] == 1
    assert message["images"][0]["image_url"]["url"] == "data:image/png;base64,AA"
    assert message["audio"]["transcript"] == "x"
    assert message["tool_calls"][0]["id"].startswith("call_")
    assert losses == ["choices.message.annotations", "choices.message.search"]


@pytest.mark.parametrize(
    ("stop", "finish", "told"),
    [
        ("end", "stop", True),
        ("tool", "tool_calls", True),
        ("sequence", "stop", True),
        ("refusal", "content_filter", True),
        ("pause", "stop", False),
        ("context", "length", False),
        ("other", "stop", False),
    ],
)
def test_reasons_are_those_that_clients_know(stop: Stop, finish: str, told: bool):
    body, losses = answer(Text(text="a"), stop=stop)
    assert body["choices"][0]["finish_reason"] == finish
    assert (losses == []) == told


def test_a_refusal_in_words_is_a_regular_end():
    assert answer(Refusal(text="no"), stop="refusal")[0]["choices"][0]["finish_reason"] == "stop"


def test_the_sequence_that_was_met_has_no_member():
    assert answer(Text(text="a"), stop="sequence", sequence="x")[1] == ["choices.stop_sequence"]


def test_a_caller_who_knows_functions_alone_gets_one():
    conversation = read(functions=[FUNCTION])
    call = ToolCall(id="a", name="f", arguments="{}")
    body, losses = answer(call, call, stop="tool", conversation=conversation)
    choice = body["choices"][0]
    assert choice["message"]["function_call"] == {"name": "f", "arguments": "{}"}
    assert choice["finish_reason"] == "function_call"
    assert losses == ["choices.message.tool_calls"]
    assert is_legacy(conversation)
    assert not is_legacy(read(tools=[{"type": "function", "function": FUNCTION}]))


def test_a_function_that_stands_for_a_plain_tool_is_told_as_one():
    conversation = read(tools=[{"type": "custom", "custom": {"name": "f"}}])
    call = ToolCall(id="x", name="f", arguments='{"input":"a"}')
    (told,) = answer(call, stop="tool", conversation=conversation)[0]["choices"][0]["message"]["tool_calls"]
    assert told == {"id": "x", "type": "custom", "custom": {"name": "f", "input": "a"}}


def test_time_is_that_of_the_clock(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clock, "wall_ns", lambda: 5 * 10**9)
    assert now() == 5
