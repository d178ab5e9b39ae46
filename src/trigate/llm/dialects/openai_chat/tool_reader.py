"""Tools and the choice among them, read; also in the older words `functions` and `function_call`."""

from typing import Any

from trigate.llm.conversation import Conversation, Opaque, Tool, ToolChoice
from trigate.llm.dialects.openai_chat.part_reader import nest, read_cache
from trigate.llm.dialects.openai_chat.word import NAME
from trigate.llm.node import Node

_MODES = frozenset({"auto", "none", "required"})


def read_tools(node: Node, conversation: Conversation) -> None:
    """All that the ask says of tools."""
    conversation.tools = [_read_tool(each) for each in node.nodes("tools")]
    conversation.tools += [_read_function(each) for each in node.nodes("functions")]
    conversation.parallel = node.flag("parallel_tool_calls")
    conversation.tool_choice = _read_choice(node, conversation)
    if conversation.tool_choice is None:
        conversation.tool_choice = _read_function_choice(node, conversation)


def _read_tool(node: Node) -> Tool | Opaque:
    kind = node.text("type", "function")
    inner = node.node(kind) if kind in {"function", "custom"} else None
    if inner is None:
        return Opaque(dialect=NAME, kind=kind, value={"type": kind, **node.rest()})
    tool = _read_definition(inner) if kind == "function" else _read_custom(inner)
    read_cache(node, tool)
    nest(tool.extra, kind, inner)
    tool.extra.update(node.rest())
    return tool


def _read_definition(inner: Node) -> Tool:
    return Tool(
        name=inner.need_text("name"),
        description=inner.text("description"),
        schema=inner.object("parameters"),
        strict=inner.flag("strict"),
    )


def _read_custom(inner: Node) -> Tool:
    return Tool(name=inner.need_text("name"), description=inner.text("description"), custom=True)


def _read_function(node: Node) -> Tool:
    tool = _read_definition(node)
    tool.form["function"] = True
    tool.extra = node.rest()
    return tool


def _read_choice(node: Node, conversation: Conversation) -> ToolChoice | None:
    choice: Any = node.rest().get("tool_choice")
    if type(choice) is str:
        if choice not in _MODES:
            node.refuse("tool_choice", "one of " + ", ".join(sorted(_MODES)))
        node.take("tool_choice")
        return ToolChoice(choice)  # type: ignore[reportArgumentType] - one of the modes
    named = node.node("tool_choice")
    return None if named is None else _read_named(named, conversation)


def _read_named(node: Node, conversation: Conversation) -> ToolChoice:
    kind = node.need_text("type")
    inner = node.node(kind)
    if inner is None:
        node.refuse("type", "`function`, `custom` or `allowed_tools`, with a member of that name")
    if kind == "allowed_tools":
        mode = inner.rest().get("mode")
        return ToolChoice("required" if mode == "required" else "auto", extra={kind: inner.rest(), **node.rest()})
    conversation.form["choice"] = kind
    choice = ToolChoice("one", inner.need_text("name"))
    nest(choice.extra, kind, inner)
    choice.extra.update(node.rest())
    return choice


def _read_function_choice(node: Node, conversation: Conversation) -> ToolChoice | None:
    choice: Any = node.rest().get("function_call")
    if choice is None:
        return None
    conversation.form["function_call"] = True
    if type(choice) is str:
        if choice not in {"auto", "none"}:
            node.refuse("function_call", "`auto`, `none` or the name of a function")
        node.take("function_call")
        return ToolChoice(choice)  # type: ignore[reportArgumentType] - one of the modes
    named = node.node("function_call")
    return None if named is None else ToolChoice("one", named.need_text("name"), extra=named.rest())
