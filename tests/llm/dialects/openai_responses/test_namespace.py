"""Tools in groups."""

from tests.llm.dialects.openai_responses.scene import ask
from trigate.llm.conversation import Tool
from trigate.llm.dialects.openai_responses.namespace import group_tools, grouped_names, join


def test_a_tool_outside_of_its_group_has_its_name_before_it() -> None:
    assert join("git", "push") == "git__push"
    assert join("mcp__git__", "push") == "mcp__git__push"


def test_the_first_tool_of_a_group_keeps_it() -> None:
    group = {"type": "namespace"}
    first, second = group_tools([Tool(name="a"), Tool(name="b")], group, "g")
    assert (first.name, first.form["group"], second.form) == ("g__a", group, {"namespace": "g", "name": "b"})
    assert group_tools([], group, "g") == []


def test_calls_are_told_by_group_and_name() -> None:
    group = {"type": "namespace", "name": "g", "tools": [{"type": "custom", "name": "a"}]}
    conversation = ask(tools=[group, {"type": "web_search"}, {"type": "custom", "name": "b"}])
    assert grouped_names(conversation) == {"g__a": {"namespace": "g", "name": "a"}}
