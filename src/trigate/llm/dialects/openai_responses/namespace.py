"""Tools that Responses groups under a name: elsewhere that name stands before theirs."""

from typing import Any

from trigate.llm.conversation import Conversation, Tool

MEMBER = "namespace"
GROUP = "group"
"""In the `form` of the first tool of a group: the group as it was told."""


def join(namespace: str, name: str) -> str:
    """The name of a tool outside of its group, such as `mcp__git__push`."""
    return f"{namespace}{name}" if namespace.endswith("_") else f"{namespace}__{name}"


def group_tools(tools: list[Tool], group: dict[str, Any], namespace: str) -> list[Tool]:
    """The tools of one group, by the names that they have outside of it."""
    for tool in tools:
        tool.form = {MEMBER: namespace, "name": tool.name}
        tool.name = join(namespace, tool.name)
    if tools:
        tools[0].form[GROUP] = group
    return tools


def grouped_names(ask: Conversation) -> dict[str, dict[str, str]]:
    """What calls of the tools in groups say of them, by the names that they have outside."""
    tools = (each for each in ask.tools if isinstance(each, Tool) and MEMBER in each.form)
    return {each.name: {"name": each.form["name"], MEMBER: each.form[MEMBER]} for each in tools}
