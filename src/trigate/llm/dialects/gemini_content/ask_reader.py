"""An ask in Gemini's words, read into the middle form."""

from typing import Any

from trigate.llm.conversation import Conversation, Opaque, Role, Tool, ToolChoice, ToolMode, ToolResult, Turn
from trigate.llm.dialects.gemini_content.option_reader import read_options
from trigate.llm.dialects.gemini_content.part_reader import NAME, Calls, read_part
from trigate.llm.dialects.gemini_content.schema import json_schema
from trigate.llm.dialects.gemini_content.spelling import read_below, read_list, read_node
from trigate.llm.node import Node, blame_caller

_MODES: dict[str, ToolMode] = {"AUTO": "auto", "ANY": "required", "NONE": "none", "VALIDATED": "auto"}
_ROLES: dict[str, Role] = {"user": "user", "model": "assistant"}


def read_ask(body: dict[str, Any], model: str, *, streamed: bool) -> Conversation:
    """The whole ask; raises InvalidParameter."""
    node = read_node(body, blame_caller)
    conversation = Conversation(dialect=NAME, model=model, turns=[], streamed=streamed, counted=True)
    _read_turns(node, conversation)
    _read_tools(node, conversation)
    _read_choice(node, conversation)
    read_options(node, conversation)
    conversation.service_tier = node.text("serviceTier")
    conversation.extra |= node.rest()
    return conversation


def _read_turns(node: Node, conversation: Conversation) -> None:
    calls = Calls()
    system = read_below(node, "systemInstruction", blame_caller)
    if system is not None:
        parts = [read_part(each, blame_caller, calls) for each in read_list(system, "parts", blame_caller)]
        role = system.take("role")  # of no meaning here; Google's own agent says `user`
        form: dict[str, Any] = {"role": role} if role is not None else {}
        conversation.turns.append(Turn("system", parts, extra=system.rest(), form=form))
    for content in read_list(node, "contents", blame_caller):
        conversation.turns += _read_content(content, calls)


def _read_content(node: Node, calls: Calls) -> list[Turn]:
    """One or several turns: results of tools have their own."""
    said = node.text("role")
    role = _ROLES.get(said, "user")
    parts = [read_part(each, blame_caller, calls) for each in read_list(node, "parts", blame_caller)]
    extra = node.rest() if said in _ROLES or not said else node.rest() | {"role": said}
    form: dict[str, Any] = {} if said else {"role": None}
    turns: list[Turn] = []
    for part in parts:
        speaker: Role = "tool" if isinstance(part, ToolResult) and role == "user" else role
        if not turns or turns[-1].role != speaker:
            turns.append(Turn(speaker, [], continues=bool(turns)))
        turns[-1].parts.append(part)
    turns = turns or [Turn(role, [])]
    turns[0].extra, turns[0].form = extra, form
    return turns


def _read_tools(node: Node, conversation: Conversation) -> None:
    for group, each in enumerate(read_list(node, "tools", blame_caller)):
        for function in read_list(each, "functionDeclarations", blame_caller):
            conversation.tools.append(_read_function(function, group))
        for name, value in each.rest().items():
            conversation.tools.append(Opaque(dialect=NAME, kind=name, value=value, form={"group": group}))


def _read_function(node: Node, group: int) -> Tool:
    form: dict[str, Any] = {"group": group}
    written, schema = node.take("parameters"), node.take("parametersJsonSchema")
    if written is not None and schema is not None:
        node.refuse("parameters", "absent where there is `parametersJsonSchema`")
    if written is not None:
        form["parameters"], schema = written, json_schema(written)
    name = node.need_text("name")
    return Tool(name=name, description=node.text("description"), schema=schema, extra=node.rest(), form=form)


def _read_choice(node: Node, conversation: Conversation) -> None:
    config = read_below(node, "toolConfig", blame_caller)
    if config is None:
        return
    calling = read_below(config, "functionCallingConfig", blame_caller)
    if calling is not None:
        conversation.form |= {} if calling.rest().get("mode") else {"mode": None}
        conversation.tool_choice = _choice(calling)
    conversation.extra |= {f"toolConfig.{name}": value for name, value in config.rest().items()}


def _choice(node: Node) -> ToolChoice:
    said, names = node.text("mode"), node.texts("allowedFunctionNames")
    mode = _MODES.get(said, "auto")
    extra: dict[str, Any] = node.rest()
    if said not in _MODES or said == "VALIDATED":
        extra = extra | ({"mode": said} if said else {})
    if mode == "required" and len(names) == 1:
        return ToolChoice("one", names[0], extra)
    return ToolChoice(mode, "", extra | ({"allowedFunctionNames": names} if names else {}))
