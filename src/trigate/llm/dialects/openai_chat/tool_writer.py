"""Tools and the choice among them, written."""

from typing import Any, cast

from trigate.llm.conversation import Opaque, Tool, ToolChoice
from trigate.llm.dialects.openai_chat.draft import Draft
from trigate.llm.dialects.openai_chat.part_writer import Written, merge, write_cache
from trigate.llm.dialects.openai_chat.word import KIN


def write_tools(draft: Draft, body: Written) -> None:
    """All that the target is told of tools; without any of them, it is told of no choice either."""
    asked = draft.conversation
    for tool in asked.tools:
        _add(draft, tool, body)
    if not draft.own and "tools" not in body:
        return
    if asked.tool_choice is not None:
        _write_choice(draft, asked.tool_choice, body)
    if asked.parallel is not None:
        body["parallel_tool_calls"] = asked.parallel


def _add(draft: Draft, tool: Tool | Opaque, body: Written) -> None:
    if isinstance(tool, Tool):
        if draft.own and tool.form.get("function"):
            body.setdefault("functions", []).append({**_definition(tool), **tool.extra})
        else:
            body.setdefault("tools", []).append(_write_tool(draft, tool))
    elif draft.own:
        body.setdefault("tools", []).append(tool.value)
    else:
        draft.drop("tool", tool.kind)


def _write_tool(draft: Draft, tool: Tool) -> Written:
    kind = "custom" if tool.custom else "function"
    written: Written = {"type": kind, kind: _custom(tool) if tool.custom else _definition(tool)}
    write_cache(draft, "tool", tool, written)
    extra = tool.extra
    if draft.conversation.dialect == KIN and tool.custom and "format" in extra:
        written[kind]["format"] = _format(extra["format"])
        extra = {name: value for name, value in extra.items() if name != "format"}
    return merge(written, draft.kept("tool", extra))


def _format(form: Any) -> Any:
    """What the text for a tool must look like, which OpenAI's other dialect says in one object less."""
    said = cast("Written", form) if isinstance(form, dict) else {}
    if said.get("type") != "grammar":
        return cast("Any", form)
    return {"type": "grammar", "grammar": {name: value for name, value in said.items() if name != "type"}}


def _definition(tool: Tool) -> Written:
    written: Written = {"name": tool.name}
    if tool.description:
        written["description"] = tool.description
    if tool.schema is not None:
        written["parameters"] = tool.schema
    if tool.strict is not None:
        written["strict"] = tool.strict
    return written


def _custom(tool: Tool) -> Written:
    return {"name": tool.name, **({"description": tool.description} if tool.description else {})}


def _write_choice(draft: Draft, choice: ToolChoice, body: Written) -> None:
    if draft.own and draft.conversation.form.get("function_call"):
        body["function_call"] = {"name": choice.name, **choice.extra} if choice.mode == "one" else choice.mode
        return
    extra = draft.kept("tool_choice", choice.extra)
    if "allowed_tools" in extra:
        body["tool_choice"] = {"type": "allowed_tools", **extra}
    elif choice.mode == "one":
        kind = draft.conversation.form["choice"] if draft.own else _kind(draft, choice.name)
        body["tool_choice"] = merge({"type": kind, kind: {"name": choice.name}}, extra)
    else:
        body["tool_choice"] = choice.mode


def _kind(draft: Draft, name: str) -> str:
    tools = draft.conversation.tools
    return (
        "custom" if any(isinstance(each, Tool) and each.custom and each.name == name for each in tools) else "function"
    )
