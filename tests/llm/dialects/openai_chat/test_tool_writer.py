"""Tools of another dialect, written."""

from tests.llm.dialects.openai_chat.scene import asked, said, write
from trigate.llm.conversation import Cache, Opaque, Text, Tool, ToolChoice

TURN = said(Text(text="Hi"))
TOOL = Tool(name="f", schema={"type": "object"}, cache=Cache(), extra={"future": 1})
CUSTOM = Tool(name="c", custom=True)


def test_tools_are_functions_or_take_a_plain_text():
    body, losses = write(asked(TURN, tools=[TOOL, CUSTOM], parallel=False))
    assert body["tools"] == [
        {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}},
        {"type": "custom", "custom": {"name": "c"}},
    ]
    assert body["parallel_tool_calls"] is False
    assert losses == [("tools.cache_control", "dropped"), ("tools.future", "dropped")]


def test_a_choice_names_the_kind_of_its_tool():
    body, _ = write(asked(TURN, tools=[TOOL, CUSTOM], tool_choice=ToolChoice("one", "c")))
    assert body["tool_choice"] == {"type": "custom", "custom": {"name": "c"}}


def test_without_tools_there_is_no_choice():
    search = Opaque(dialect="anthropic_messages", kind="web_search", value={})
    body, losses = write(asked(TURN, tools=[search], tool_choice=ToolChoice("auto"), parallel=True))
    assert not {"tools", "tool_choice", "parallel_tool_calls"} & set(body)
    assert losses == [("tools.web_search", "dropped")]


def test_the_grammar_of_a_plain_tool_has_an_object_of_its_own():
    grammar = {"type": "grammar", "syntax": "regex", "definition": "a+"}
    tool = Tool(name="c", custom=True, extra={"format": grammar})
    body, losses = write(asked(TURN, tools=[tool], dialect="openai_responses"))
    form = body["tools"][0]["custom"]["format"]
    assert form == {"type": "grammar", "grammar": {"syntax": "regex", "definition": "a+"}}
    assert losses == []
