"""Turns of another dialect as messages."""

from tests.llm.dialects.openai_chat.scene import asked, read, said, write
from trigate.llm.conversation import Citation, File, Image, Media, Refusal, Text, Thought, ToolCall, ToolResult, Turn

CALL = ToolCall(id="a", name="f")
OTHER = ToolCall(id="b", name="f")
PICTURE = Image(media=Media(data="AA", mime="image/png"))


def messages(*turns: Turn, quirks: tuple[str, ...] = ()) -> list[dict[str, object]]:
    return write(asked(*turns), *quirks)[0]["messages"]


def test_one_text_is_a_bare_text_and_several_stay_several():
    assert messages(said(Text(text="a"))) == [{"role": "user", "content": "a"}]
    assert messages(said(Text(text="a"), Text(text="b")))[0]["content"] == [
        {"type": "text", "text": "a"},
        {"type": "text", "text": "b"},
    ]


def test_the_texts_of_an_answer_are_one():
    cited = Text(text="b", citations=[Citation(url="u")])
    body, losses = write(asked(said(Text(text="a"), cited, role="assistant")))
    assert body["messages"] == [{"role": "assistant", "content": "ab"}]
    assert losses == [("messages.content.citations", "dropped")]


def test_calls_told_one_by_one_stand_together_before_their_results():
    told = messages(
        said(Text(text="x"), CALL, role="assistant"),
        said(OTHER, role="assistant"),
        said(ToolResult(call="a", parts=[Text(text="1")]), ToolResult(call="b", parts=[]), role="tool"),
    )
    assert [each["role"] for each in told] == ["assistant", "tool", "tool"]
    assert [each["id"] for each in told[0]["tool_calls"]] == ["a", "b"]  # type: ignore[reportIndexIssue]
    assert told[2]["content"] == ""


def test_pictures_of_results_follow_all_results_of_the_turn():
    told = messages(
        said(CALL, OTHER, role="assistant"),
        said(ToolResult(call="a", parts=[PICTURE]), role="tool"),
        said(ToolResult(call="b", parts=[Text(text="1")]), role="tool"),
        said(Text(text="And?")),
    )
    assert [each["role"] for each in told] == ["assistant", "tool", "tool", "user", "user"]


def test_a_failed_result_says_so():
    told = messages(
        said(CALL, role="assistant"), said(ToolResult(call="a", parts=[Text(text="no")], failed=True), role="tool")
    )
    assert told[1]["content"] == "Error: no"


def test_a_text_file_in_a_result_is_part_of_it():
    result = ToolResult(call="a", parts=[File(media=Media(), text="x")])
    assert messages(said(CALL, role="assistant"), said(result, role="tool"))[1]["content"] == "x"


def test_a_developer_is_the_system_where_there_is_none():
    body, losses = write(
        read({"role": "developer", "content": "x"}, {"role": "user", "content": "y"}), "no_developer_role"
    )
    assert body["messages"][0]["role"] == "system"
    assert losses == [("messages.role", "degraded")]


def test_a_refusal_has_a_member_of_its_own():
    assert messages(said(Refusal(text="no"), role="assistant")) == [
        {"role": "assistant", "refusal": "no", "content": None}
    ]


def test_long_identifiers_are_shortened_alike_for_call_and_result():
    told = messages(
        said(ToolCall(id="x" * 50, name="f"), role="assistant"), said(ToolResult(call="x" * 50, parts=[]), role="tool")
    )
    assert told[0]["tool_calls"][0]["id"] == told[1]["tool_call_id"]  # type: ignore[reportIndexIssue]
    assert len(told[1]["tool_call_id"]) == 40  # type: ignore[reportArgumentType]


def test_an_answer_of_which_nothing_can_be_said_is_no_message():
    body, losses = write(asked(said(Thought(text="x"), role="assistant"), said(Text(text="y"))))
    assert losses == [("messages.content", "dropped")]
    assert body["messages"] == [{"role": "user", "content": "y"}]
