"""A caller's ask into the middle form."""

from trigate.llm.call_signature import attach_call_signatures
from trigate.llm.conversation import (
    Conversation,
    Opaque,
    OutputForm,
    Part,
    Reasoning,
    Role,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolMode,
    ToolResult,
    Turn,
)
from trigate.llm.dialects.anthropic_messages.block_reader import leave, read_blocks, read_cache
from trigate.llm.dialects.anthropic_messages.home import JSON, NAME, blanks
from trigate.llm.node import Node, blame_caller

_MODES: dict[str, ToolMode] = {"auto": "auto", "any": "required", "tool": "one", "none": "none"}
_ROLES: dict[str, Role] = {"user": "user", "assistant": "assistant", "system": "system"}
_TRIED = "output_format"
_OBJECTS = ("tool_choice", "thinking", "output_config", "metadata")


def read_ask(body: JSON, model: str, *, streamed: bool) -> Conversation:
    """Understand a body; raises InvalidParameter, with the path of what is wrong."""
    node = Node(body, blame_caller)
    conversation = Conversation(dialect=NAME, model=model, turns=[], streamed=streamed, counted=True)
    conversation.form = blanks(body, _OBJECTS)
    node.take("model")
    node.flag("stream")
    conversation.turns = _read_turns(node)
    _read_tools(node, conversation)
    _read_thinking(node, conversation)
    _read_output(node, conversation)
    _read_sampling(node, conversation)
    _read_user(node, conversation)
    conversation.extra = node.rest()
    return conversation


def _read_sampling(node: Node, conversation: Conversation) -> None:
    conversation.most_output = node.integer("max_tokens")
    conversation.temperature = node.number("temperature")
    conversation.top_p = node.number("top_p")
    conversation.top_k = node.integer("top_k")
    conversation.stop = node.texts("stop_sequences")
    conversation.service_tier = node.text("service_tier")


def _read_user(node: Node, conversation: Conversation) -> None:
    metadata = node.node("metadata")
    if metadata is not None:
        conversation.user = metadata.text("user_id")
        leave(node, "metadata", metadata)


def _read_turns(node: Node) -> list[Turn]:
    turns = _read_system(node)
    if type(node.rest().get("messages")) is not list:
        node.refuse("messages", "a list")
    names: dict[str, str] = {}
    for message in node.nodes("messages"):
        turns += _read_message(message, names)
    return turns


def _read_system(node: Node) -> list[Turn]:
    """The system's words before all messages; others stand among them."""
    said = node.rest().get("system")
    if said is None:
        return []
    if type(said) is str:
        turn = Turn("system", [Text(text=said)] if said else [], plain=True)
        node.take("system")
    else:
        turn = Turn("system", read_blocks(node.nodes("system")))
    turn.form = {"on_top": True}
    return [turn]


def _read_message(node: Node, names: dict[str, str]) -> list[Turn]:
    """One message as turns: each result of a tool has its own. `names` are those of the tools called, by id."""
    form = blanks(node.rest())
    role = _ROLES.get(node.need_text("role")) or node.refuse("role", "`user`, `assistant` or `system`")
    said = node.rest().get("content")
    if type(said) is str:
        node.take("content")
        turn = Turn(role, [Text(text=said)] if said else [], plain=True)
        return [_finish(turn, node, form)]
    if type(said) is not list:
        node.refuse("content", "a text or a list")
    nodes = node.nodes("content")
    parts = read_blocks(nodes)
    _check_sides(role, parts, nodes)
    turns = _split(parts, names) if role == "user" else [Turn(role, attach_call_signatures(parts))]
    names.update((part.id, part.name) for part in parts if type(part) is ToolCall)
    _finish(turns[0], node, form)
    return turns


def _finish(turn: Turn, node: Node, form: JSON) -> Turn:
    turn.extra = node.rest()
    turn.form = form
    return turn


def _check_sides(role: str, parts: list[Part], nodes: list[Node]) -> None:
    """Calls are the assistant's, results the user's."""
    for part, node in zip(parts, nodes, strict=True):
        if type(part) is ToolCall and role != "assistant":
            node.refuse("type", f"another than `tool_use` in a message of the {role}")
        if type(part) is ToolResult and role != "user":
            node.refuse("type", f"another than `tool_result` in a message of the {role}")


def _split(parts: list[Part], names: dict[str, str]) -> list[Turn]:
    turns: list[Turn] = []
    for part in parts:
        if type(part) is ToolResult:
            part.name = names.get(part.call, "")
            turns.append(Turn("tool", [part], continues=bool(turns), plain=part.form.get("content") == ""))
        elif turns and turns[-1].role == "user":
            turns[-1].parts.append(part)
        else:
            turns.append(Turn("user", [part], continues=bool(turns)))
    return turns or [Turn("user", [])]


def _read_tools(node: Node, conversation: Conversation) -> None:
    conversation.tools = [_read_tool(each) for each in node.nodes("tools")]
    choice = node.node("tool_choice")
    if choice is None:
        return
    mode = _MODES.get(choice.need_text("type"))
    if mode is None:
        choice.refuse("type", "`auto`, `any`, `tool` or `none`")
    name = choice.need_text("name") if mode == "one" else ""
    single = choice.flag("disable_parallel_tool_use")
    conversation.parallel = None if single is None else not single
    conversation.tool_choice = ToolChoice(mode, name, choice.rest())


def _read_tool(node: Node) -> Tool | Opaque:
    members = node.rest()
    kind = members.get("type")
    if kind is not None and kind != "custom":
        if type(kind) is not str:
            node.refuse("type", "a text")
        return Opaque(dialect=NAME, kind=kind, value=dict(members))
    form = blanks(members)
    if node.take("type") is not None:
        form["type"] = kind
    tool = Tool(name=node.need_text("name"), description=node.text("description"), schema=node.object("input_schema"))
    if tool.schema is None:
        node.refuse("input_schema", "an object")
    tool.strict, tool.cache = node.flag("strict"), read_cache(node)
    tool.extra, tool.form = node.rest(), form
    return tool


def _read_thinking(node: Node, conversation: Conversation) -> None:
    thinking = node.node("thinking")
    if thinking is None:
        return
    kind = thinking.need_text("type")
    conversation.reasoning = reasoning = Reasoning(budget=thinking.integer("budget_tokens"))
    shown = thinking.rest().get("display")
    if shown in ("summarized", "omitted"):
        reasoning.shown = thinking.take("display") == "summarized"
    if kind == "adaptive":
        if reasoning.budget is None:
            reasoning.budget = -1
        else:
            thinking.rest()["type"] = kind  # a budget is not its own, but not ours to take away
    if kind in {"enabled", "adaptive", "disabled"}:
        reasoning.enabled = kind != "disabled"
    else:
        thinking.rest()["type"] = kind
    reasoning.extra = thinking.rest()


def _read_output(node: Node, conversation: Conversation) -> None:
    """Effort and form; the form stood in a member of its own while it was under trial."""
    config = node.node("output_config")
    tried = node.node(_TRIED)
    if config is not None:
        effort = config.text("effort")
        if effort:
            conversation.reasoning = conversation.reasoning or Reasoning()
            conversation.reasoning.effort = effort
        form = config.node("format")
        if form is not None and tried is not None:
            node.refuse(_TRIED, "left out where `output_config.format` says the same")
        tried = form or tried
        leave(node, "output_config", config)
    if tried is not None:
        conversation.output = _read_form(tried)
        if tried.path == _TRIED:
            conversation.form[_TRIED] = {}


def _read_form(node: Node) -> OutputForm:
    kind = node.need_text("type")
    if kind != "json_schema":
        node.refuse("type", "`json_schema`")
    schema = node.object("schema")
    if schema is None:
        node.refuse("schema", "an object")
    return OutputForm(schema=schema, extra=node.rest())
