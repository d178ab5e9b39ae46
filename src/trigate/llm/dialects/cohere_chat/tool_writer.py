"""Tools and the choice among them, written."""

from trigate.llm.conversation import Opaque, Tool, ToolChoice
from trigate.llm.dialects.cohere_chat.draft import Draft
from trigate.llm.dialects.cohere_chat.part_writer import Written, merge

_NOTHING: Written = {"type": "object", "properties": {}}
_TEXT: Written = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}


def write_tools(draft: Draft, body: Written) -> None:
    """All that the target is told of tools; without any of them, it is told of no choice either."""
    asked = draft.conversation
    choice = asked.tool_choice
    tools = _known(draft)
    if choice is not None and choice.mode == "one":
        tools = [each for each in tools if each.name == choice.name] or tools
    if tools:
        body["tools"] = [_write_tool(draft, each) for each in tools]
    _write_strict(draft, tools, body)
    if choice is not None and (tools or draft.own):
        _write_choice(draft, choice, body)
    if asked.parallel is False and tools:
        draft.drop("parallel", why="several tools may be called at once")


def _known(draft: Draft) -> list[Tool]:
    tools: list[Tool] = []
    for tool in draft.conversation.tools:
        if isinstance(tool, Opaque):
            draft.drop("tool", tool.kind)
        else:
            tools.append(tool)
    return tools


def _write_tool(draft: Draft, tool: Tool) -> Written:
    if tool.cache is not None:
        draft.drop("tool", "cache")
    schema = tool.schema
    if tool.custom:
        draft.degrade("tool", "a function with the text as its `input`", "custom")
        schema = _TEXT
    elif schema is None and not draft.own:
        schema = _NOTHING
    function: Written = {"name": tool.name}
    if tool.description:
        function["description"] = tool.description
    if schema is not None:
        function["parameters"] = schema
    return merge({"type": "function", "function": function}, draft.kept("tool", tool.extra))


def _write_strict(draft: Draft, tools: list[Tool], body: Written) -> None:
    """All tools are strict, or none is."""
    if draft.own:
        if "strict_tools" in draft.conversation.form:
            body["strict_tools"] = draft.conversation.form["strict_tools"]
        return
    strict = [tool.strict for tool in tools if tool.strict is not None]
    if not any(strict):
        return
    if all(tool.strict for tool in tools):
        body["strict_tools"] = True
    else:
        draft.drop("tool", "strict", "all tools would have to be strict")


def _write_choice(draft: Draft, choice: ToolChoice, body: Written) -> None:
    draft.kept("tool_choice", choice.extra)
    if choice.mode == "none":
        body["tool_choice"] = "NONE"
    elif choice.mode == "required":
        body["tool_choice"] = "REQUIRED"
    elif choice.mode == "one":
        draft.degrade("tool_choice", "`REQUIRED`, and of the tools that one alone")
        body["tool_choice"] = "REQUIRED"
