"""Turns of another dialect as messages."""

from typing import Any

from tests.llm.dialects.cohere_chat.scene import asked, said, write
from trigate.llm.conversation import Cache, Citation, Image, Media, Text, Thought, ToolCall, ToolResult, Turn

CALL = ToolCall(id="a", name="f")
PICTURE = Image(media=Media(data="AA", mime="image/png"))


def messages(*turns: Turn) -> list[dict[str, Any]]:
    return write(asked(*turns))[0]["messages"]


def test_what_is_said_before_calls_is_their_plan():
    told = messages(said(Text(text="I look."), CALL, role="assistant"), said(ToolResult(call="a"), role="tool"))
    assert told[0]["tool_plan"] == "I look."
    assert "content" not in told[0]
    assert told[1] == {"role": "tool", "tool_call_id": "a", "content": ""}


def test_a_developer_is_the_system():
    body, losses = write(asked(said(Text(text="a"), role="developer"), dialect="openai_chat"))
    assert body["messages"] == [{"role": "system", "content": "a"}]
    assert losses == [("messages.role", "degraded")]


def test_calls_told_one_by_one_stand_together_before_their_results():
    told = messages(
        said(CALL, role="assistant"),
        said(ToolCall(id="b", name="f"), role="assistant"),
        said(
            ToolResult(call="a", parts=[PICTURE]),
            ToolResult(call="b", parts=[Text(text="no")], failed=True),
            role="tool",
        ),
        said(Text(text="And?")),
    )
    assert [each["role"] for each in told] == ["assistant", "tool", "tool", "user", "user"]
    assert told[2]["content"] == "Error: no"
    assert told[3]["content"][0]["type"] == "image_url"


def test_an_answer_of_which_nothing_can_be_said_is_no_message():
    body, losses = write(asked(said(Thought(signature="s", maker="x"), role="assistant"), said(Text(text="y"))))
    assert body["messages"] == [{"role": "user", "content": "y"}]
    assert losses == [("messages.content", "dropped")]


def test_a_plain_call_is_one_with_an_input():
    call = ToolCall(id="a", name="f", arguments="x", custom=True, signature="s", maker="google", cache=Cache())
    body, losses = write(asked(said(call, role="assistant")))
    assert body["messages"][0]["tool_calls"][0]["function"]["arguments"] == '{"input":"x"}'
    assert [each[1] for each in losses] == ["degraded", "dropped", "dropped"]


def test_names_and_sources_are_lost():
    turn = said(Text(text="a", citations=[Citation(url="u")]), role="assistant")
    user = said(Text(text="b"))
    user.name = "ada"
    assert write(asked(turn, user))[1] == [("messages.content.citations", "dropped"), ("messages.name", "dropped")]
