"""Turns of other dialects stand where Claude takes them."""

from tests.llm.dialects.anthropic_messages.scene import said, talk, write
from trigate.llm.conversation import Image, Media, Text, ToolCall, ToolResult, Turn

MOVED = ("messages.role", "degraded", "what the system says stands after what the user says")
TAGGED = ("messages.role", "degraded", "a text of the user's in <system> tags")


def test_the_system_and_the_developer_speak_on_top() -> None:
    body, losses = write(talk(said("a", role="system"), said("b", role="developer"), said("c")))
    assert body["system"] == [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    assert body["messages"] == [{"role": "user", "content": "c"}]
    assert losses == []


def test_the_system_shows_no_pictures() -> None:
    turn = said("a", Image(media=Media(url="https://a.example")), role="system")
    body, losses = write(talk(turn, said("b")))
    assert body["system"] == "a"
    assert losses == [("messages.content.image", "dropped", "not from the system")]


def test_the_system_speaks_again_after_the_user() -> None:
    turns = said("a"), said("b", role="system"), said("c", role="assistant"), said("d")
    body, losses = write(talk(*turns))
    assert [each["role"] for each in body["messages"]] == ["user", "system", "assistant", "user"]
    assert losses == []


def test_what_the_system_says_between_the_users_turns_comes_after_them() -> None:
    body, losses = write(talk(said("a"), said("b", role="system"), said("c")))
    assert body["messages"][1] == {"role": "system", "content": "b"}
    assert [each["text"] for each in body["messages"][0]["content"]] == ["a", "c"]
    assert losses == [MOVED]


def test_what_the_system_says_after_the_assistant_is_said_by_the_user() -> None:
    body, losses = write(talk(said("a"), said("b", role="assistant"), said("c", role="system"), said("d")))
    assert body["messages"][2]["content"][0]["text"] == "<system>\nc\n</system>"
    assert losses == [TAGGED]


def test_an_older_model_hears_the_system_from_the_user() -> None:
    turns = said("a"), said("b", role="developer"), said("c", role="assistant")
    body, losses = write(talk(*turns), "claude-sonnet-4-5")
    assert [each["role"] for each in body["messages"]] == ["user", "assistant"]
    assert losses == [TAGGED]


def test_turns_of_one_side_are_one_message_and_results_come_first() -> None:
    calls = [ToolCall(id="a", name="n"), ToolCall(id="b", name="n")]
    turns = [
        said("-"),
        said(calls[0], role="assistant"),
        said(calls[1], role="assistant"),
        said("x"),
        said(ToolResult(call="a"), role="tool"),
        said(ToolResult(call="b"), role="tool"),
    ]
    body, losses = write(talk(*turns))
    assert [each["role"] for each in body["messages"]] == ["user", "assistant", "user"]
    last = body["messages"][2]["content"]
    assert [each.get("tool_use_id") for each in last] == ["a", "b", None]
    assert losses == []


def test_the_user_speaks_first() -> None:
    body, losses = write(talk(said("a", role="assistant"), said("b")))
    assert [each["role"] for each in body["messages"]] == ["user", "assistant", "user"]
    assert losses[0][:2] == ("messages", "degraded")


def test_an_ask_with_nothing_but_the_system_still_has_a_message() -> None:
    body, losses = write(talk(said("a", role="system")))
    assert body["system"] == "a"
    assert body["messages"][0]["role"] == "user"
    assert losses[0][:2] == ("messages", "degraded")


def test_turns_that_say_nothing_are_left_out() -> None:
    body, losses = write(talk(said("a"), said("", role="assistant"), Turn("user", []), said("b")))
    assert body["messages"] == [{"role": "user", "content": [{"type": "text", "text": each} for each in "ab"]}]
    assert losses == []


def test_an_answer_that_is_begun_ends_without_blanks() -> None:
    body, losses = write(talk(said("a"), said("b \n", role="assistant")))
    assert body["messages"][1]["content"] == "b"
    assert losses == [("messages.content.text", "degraded", "without the blanks at the end")]


def test_names_and_unknown_members_of_turns_are_named() -> None:
    turn = Turn("user", [Text(text="a")], name="Ada", extra={"x": 1})
    assert write(talk(turn))[1] == [("messages.name", "dropped", ""), ("messages.x", "dropped", "")]
