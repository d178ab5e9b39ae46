"""Thoughts on their way back to a provider."""

from typing import Any

import pytest

from tests.llm.dialects.openai_chat.scene import asked, read, said, write
from trigate.llm.conversation import Text, Thought, ToolCall
from trigate.llm.dialects.openai_chat.thought_writer import call_detail, write_reply_details

SIGNED = Thought(text="Hm", signature="s", maker="anthropic")


def answer(*quirks: str) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    body, losses = write(asked(said(SIGNED, Text(text="a"), role="assistant")), *quirks)
    return body["messages"][0], losses


def test_thoughts_are_not_sent_to_those_who_take_none():
    message, losses = answer()
    assert set(message) == {"role", "content"}
    assert losses == [("messages.content", "dropped")]


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
def test_some_take_the_text_back(name: str):
    message, losses = answer(name)
    assert message[name] == "Hm"
    assert losses == [("messages.content.signature", "dropped")]


def test_some_take_all_back():
    message, losses = answer("reasoning_details")
    assert message["reasoning_details"][0]["signature"] == "s"
    assert losses == []


def test_a_caller_of_this_dialect_is_taken_at_the_word():
    message = {"role": "assistant", "content": "a", "reasoning": "Hm"}
    assert write(read(message))[0]["messages"] == [message]


def test_a_call_takes_its_signature_along():
    message: dict[str, Any] = {}
    write_reply_details([SIGNED, ToolCall(id="a", name="f", signature="g", maker="google")], message)
    assert message["reasoning_details"][1] == call_detail("a", "g", "google", 1)
