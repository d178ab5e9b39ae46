"""Tools that the model may use, and whether it has to."""

from collections.abc import Sequence
from typing import Any

from trigate.llm.conversation import Conversation, Opaque, Tool, ToolChoice
from trigate.llm.dialects.openai_responses.content_reader import NAME
from trigate.llm.dialects.openai_responses.namespace import GROUP, MEMBER, group_tools
from trigate.llm.dialects.openai_responses.shape import list_of, object_of, text_of
from trigate.llm.loss import Losses
from trigate.llm.node import Node, blame_caller
from trigate.llm.word import word

CHAT = "openai_chat"
_ALLOWED = ("allowedFunctionNames", "allowed_tools")
_MODES = {"auto", "none", "required"}


def read_tools(node: Node) -> list[Tool | Opaque]:
    """The tools of an ask."""
    tools: list[Tool | Opaque] = []
    for place, each in enumerate(node.items("tools")):
        tools += _read_any(each, f"{node.under('tools')}[{place}]")
    return tools


def _read_any(value: Any, path: str) -> Sequence[Tool | Opaque]:
    """A tool, or a group of them."""
    node = Node(value, blame_caller, path)
    if node.text("type") != MEMBER:
        return [_read_tool(value, path)]
    namespace, inside = node.need_text("name"), node.items("tools")
    tools = [_read_tool(each, f"{path}.tools[{place}]") for place, each in enumerate(inside)]
    named = [each for each in tools if isinstance(each, Tool)]
    if not named or len(named) < len(tools):
        return [Opaque(dialect=NAME, kind=MEMBER, value=value)]
    return group_tools(named, value, namespace)


def _read_tool(value: Any, path: str) -> Tool | Opaque:
    """A function, or a tool that takes a plain text; any other is one that the provider runs itself."""
    node = Node(value, blame_caller, path)
    kind = node.need_text("type")
    if kind not in ("function", "custom"):
        return Opaque(dialect=NAME, kind=kind, value=value)
    tool = Tool(name=node.need_text("name"), description=node.text("description"), custom=kind == "custom")
    if not tool.custom:
        tool.schema = node.object("parameters")
        tool.strict = node.flag("strict")
    tool.extra = node.rest()
    return tool


def write_tools(conversation: Conversation, losses: Losses) -> list[dict[str, Any]]:
    """The tools for a provider."""
    home = conversation.dialect == NAME
    tools: list[dict[str, Any]] = []
    for tool in conversation.tools:
        if isinstance(tool, Tool):
            tools += write_tool(tool) if home else [_write_guest(tool, conversation.dialect, losses)]
        elif tool.dialect == NAME:
            tools.append(tool.value)
        else:
            losses.drop(f"tools.{tool.kind}", "only its own provider runs it")
    return tools


def write_tool(tool: Tool) -> list[dict[str, Any]]:
    """A tool as it was told in this dialect; a whole group for the first tool of it, nothing for the others."""
    if MEMBER in tool.form:
        return [tool.form[GROUP]] if GROUP in tool.form else []
    return [_definition(tool) | tool.extra]


def _definition(tool: Tool) -> dict[str, Any]:
    body: dict[str, Any] = {"type": "custom" if tool.custom else "function", "name": tool.name}
    if tool.description:
        body["description"] = tool.description
    if not tool.custom:
        body["parameters"] = tool.schema
        if tool.strict is not None:
            body["strict"] = tool.strict
    return body


def _write_guest(tool: Tool, dialect: str, losses: Losses) -> dict[str, Any]:
    """A tool of another dialect, where a tool is strict if it says so: here it is unless it says no."""
    if tool.cache is not None:
        losses.degrade(word(dialect, "tool", "cache"), "what the provider caches by itself")
    body = _definition(tool)
    extra = tool.extra
    if tool.custom and dialect == CHAT:
        extra = _write_grammar(body, extra)
    losses.drop_extra(word(dialect, "tool"), extra)
    if not tool.custom:
        body["parameters"] = tool.schema if tool.schema is not None else {"type": "object", "properties": {}}
        body["strict"] = bool(tool.strict)
    return body


def _write_grammar(body: dict[str, Any], extra: dict[str, Any]) -> dict[str, Any]:
    """What the text for a tool must look like, which chat completions say in one object more; returns what is left."""
    said = object_of(extra.get("custom"))
    form = object_of(said.get("format"))
    if form.get("type") == "grammar":
        body["format"] = {"type": "grammar", **object_of(form.get("grammar"))}
    elif form.get("type") == "text":
        body["format"] = form
    else:
        return extra
    left = {name: value for name, value in said.items() if name != "format"}
    return {name: value for name, value in extra.items() if name != "custom"} | left


def read_choice(node: Node, tools: list[Tool | Opaque]) -> ToolChoice | None:
    """Whether tools are to be used."""
    value = node.take("tool_choice")
    if value is None:
        return None
    if type(value) is str:
        if value not in _MODES:
            node.refuse("tool_choice", "`auto`, `none`, `required` or an object")
        return ToolChoice(value)  # type: ignore[reportArgumentType] - checked above
    choice = Node(value, blame_caller, node.under("tool_choice"))
    kind = choice.need_text("type")
    if kind in ("function", "custom"):
        name = choice.need_text("name")
        extra = choice.rest() if kind == _kind(name, tools) else {"type": kind, **choice.rest()}
        return ToolChoice("one", name, extra)
    mode = "required" if kind == "allowed_tools" and choice.text("mode") == "required" else "auto"
    return ToolChoice(mode, extra={"type": kind, **choice.rest()})


def write_choice(conversation: Conversation, losses: Losses) -> str | dict[str, Any] | None:
    """The same for a provider."""
    choice = conversation.tool_choice
    if choice is None:
        return None
    extra = choice.extra
    if conversation.dialect != NAME:
        extra = _allowed(choice)
        left = {name: value for name, value in choice.extra.items() if not extra or name not in _ALLOWED}
        losses.drop_extra(word(conversation.dialect, "tool_choice"), left)
    if choice.mode == "one":
        return {"type": _kind(choice.name, conversation.tools), "name": choice.name, **extra}
    if extra.get("type") == "allowed_tools":
        return {"mode": choice.mode, **extra}
    return extra or choice.mode


def _allowed(choice: ToolChoice) -> dict[str, Any]:
    """The tools among which to choose, where chat completions or Gemini name them; empty if none are named."""
    names = list_of(choice.extra.get("allowedFunctionNames"))
    for each in list_of(object_of(choice.extra.get("allowed_tools")).get("tools")):
        tool = object_of(each)
        names.append(object_of(tool.get(text_of(tool.get("type")))).get("name"))
    tools = [{"type": "function", "name": each} for each in names if type(each) is str]
    return {"type": "allowed_tools", "tools": tools} if tools and choice.mode in ("auto", "required") else {}


def _kind(name: str, tools: list[Tool | Opaque]) -> str:
    """Whether the tool takes a plain text."""
    named = (each for each in tools if isinstance(each, Tool) and each.name == name)
    return "custom" if any(each.custom for each in named) else "function"
