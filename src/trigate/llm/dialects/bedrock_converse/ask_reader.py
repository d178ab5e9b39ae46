"""An ask in Bedrock's words, read into the middle form."""

from typing import Any

import msgspec

from trigate.llm.call_signature import attach_call_signatures
from trigate.llm.conversation import (
    Conversation,
    Opaque,
    OutputForm,
    Reasoning,
    Role,
    Tool,
    ToolChoice,
    ToolResult,
    Turn,
)
from trigate.llm.dialects.bedrock_converse.block_reader import NAME, read_blocks
from trigate.llm.node import Node, blame_caller

_ROLES: dict[str, Role] = {"user": "user", "assistant": "assistant", "system": "system"}
MORE = "additionalModelRequestFields"


def read_ask(body: dict[str, Any], model: str, *, streamed: bool) -> Conversation:
    """The whole ask; raises InvalidParameter."""
    node = Node(body, blame_caller)
    conversation = Conversation(dialect=NAME, model=model, turns=[], streamed=streamed, counted=True)
    _read_turns(node, conversation)
    _read_tools(node, conversation)
    _read_inference(node, conversation)
    _read_output(node, conversation)
    _read_more(node, conversation)
    tier = node.node("serviceTier")
    if tier is not None:
        conversation.service_tier = tier.text("type")
        _keep(conversation, "serviceTier", tier)
    conversation.metadata = node.object("requestMetadata")
    conversation.extra |= node.rest()
    return conversation


def _keep(conversation: Conversation, path: str, node: Node) -> None:
    """What nobody took of a member, by its whole path."""
    conversation.extra |= {f"{path}.{name}": value for name, value in node.rest().items()}


def _read_turns(node: Node, conversation: Conversation) -> None:
    system = node.nodes("system")
    if system:
        conversation.turns.append(Turn("system", read_blocks(system)))
    for message in node.nodes("messages"):
        conversation.turns += _read_message(message)


def _read_message(node: Node) -> list[Turn]:
    """One or several turns: results of tools have their own."""
    said = node.need_text("role")
    role = _ROLES.get(said)
    if role is None:
        node.refuse("role", "`user`, `assistant` or `system`")
    turns: list[Turn] = []
    for part in attach_call_signatures(read_blocks(node.nodes("content"))):
        speaker: Role = "tool" if isinstance(part, ToolResult) and role == "user" else role
        if not turns or turns[-1].role != speaker:
            turns.append(Turn(speaker, [], continues=bool(turns)))
        turns[-1].parts.append(part)
    turns = turns or [Turn(role, [])]
    turns[0].extra = node.rest()
    turns[0].form = {"message": True}
    return turns


def _read_tools(node: Node, conversation: Conversation) -> None:
    config = node.node("toolConfig")
    if config is None:
        return
    for each in config.nodes("tools"):
        tool = _read_tool(each)
        last = conversation.tools[-1] if conversation.tools else None
        if isinstance(tool, Opaque) and tool.kind == "cachePoint" and last is not None and last.cache is None:
            last.cache = _point(tool)
            if last.cache is not None:
                continue
        conversation.tools.append(tool)
    choice = config.node("toolChoice")
    if choice is not None:
        conversation.tool_choice = _choice(choice)
    _keep(conversation, "toolConfig", config)


def _point(tool: Opaque) -> Any:
    marked = read_blocks([Node({"text": ""}, blame_caller), Node(tool.value, blame_caller)])
    return marked[0].cache


def _read_tool(node: Node) -> Tool | Opaque:
    rest = node.rest()
    spec = node.node("toolSpec")
    if spec is None:
        return Opaque(dialect=NAME, kind=next(iter(rest), ""), value=rest)
    name, description, strict = spec.need_text("name"), spec.text("description"), spec.flag("strict")
    schema = spec.node("inputSchema")
    tool = Tool(name=name, description=description, strict=strict)
    if schema is not None:
        tool.schema = schema.take("json")
        if schema.rest() or tool.schema is None:
            spec.rest()["inputSchema"] = schema.rest()
    tool.extra = rest | ({"toolSpec": spec.rest()} if spec.rest() else {})
    return tool


def _choice(node: Node) -> ToolChoice:
    """The first that is said; what else is said beside it, against the rules, is kept."""
    tool, required, auto = node.node("tool"), node.object("any"), node.object("auto")
    rest = node.rest()
    if tool is not None:
        choice = ToolChoice("one", tool.need_text("name"), rest | ({"tool": tool.rest()} if tool.rest() else {}))
        choice.extra |= {"any": required} if required is not None else {}
        choice.extra |= {"auto": auto} if auto is not None else {}
        return choice
    if required is not None:
        more = {"any": required} if required else {}
        return ToolChoice("required", "", rest | more | ({"auto": auto} if auto is not None else {}))
    return ToolChoice("auto", "", rest | {"auto": auto} if auto is not None and (auto or rest) else rest)


def _read_inference(node: Node, conversation: Conversation) -> None:
    config = node.node("inferenceConfig")
    if config is None:
        return
    conversation.most_output = config.integer("maxTokens")
    conversation.temperature = config.number("temperature")
    conversation.top_p = config.number("topP")
    conversation.stop = config.texts("stopSequences")
    _keep(conversation, "inferenceConfig", config)


def _read_output(node: Node, conversation: Conversation) -> None:
    config = node.node("outputConfig")
    if config is None:
        return
    effort = config.text("effort")
    if effort:
        conversation.reasoning = Reasoning(effort=effort, enabled=effort != "none")
        conversation.form["effort"] = True
    form = config.node("textFormat")
    if form is not None:
        conversation.output = _output_form(form, conversation)
    _keep(conversation, "outputConfig", config)


def _output_form(node: Node, conversation: Conversation) -> OutputForm:
    node.take("type")
    output = OutputForm()
    structure = node.node("structure")
    schema = structure.node("jsonSchema") if structure is not None else None
    if structure is None or schema is None:
        node.refuse("structure", "an object with a `jsonSchema`")
    written = schema.need_text("schema")
    try:
        output.schema = msgspec.json.decode(written)
    except (msgspec.DecodeError, RecursionError):
        schema.refuse("schema", "a JSON text")
    conversation.form["schema"] = written
    output.name, output.description = schema.text("name"), schema.text("description")
    if schema.rest():
        structure.rest()["jsonSchema"] = schema.rest()
    output.extra = node.rest() | ({"structure": structure.rest()} if structure.rest() else {})
    return output


def _read_more(node: Node, conversation: Conversation) -> None:
    """What the model is told beside Converse: of Claude's members those that have a place in the middle form."""
    more = node.node(MORE)
    if more is None:
        return
    match more.rest().get("thinking"):
        case {"type": "enabled" | "disabled" | "adaptive" as kind, **rest}:
            _read_thinking(kind, rest, conversation)
            conversation.form["thinking"] = more.take("thinking")
        case _:
            pass
    match more.rest().get("top_k"):
        case bool():
            pass
        case int():
            conversation.top_k = more.integer("top_k")
        case _:
            pass
    match more.rest().get("anthropic_beta"):
        case [*betas] if betas and all(type(each) is str for each in betas):
            conversation.betas = more.texts("anthropic_beta")
        case _:
            pass
    _keep(conversation, MORE, more)


def _read_thinking(kind: str, rest: dict[str, Any], conversation: Conversation) -> None:
    reasoning = conversation.reasoning = conversation.reasoning or Reasoning()
    reasoning.enabled = kind != "disabled"
    budget = rest.pop("budget_tokens", None)
    if type(budget) is int:
        reasoning.budget = budget
    elif budget is not None:
        rest["budget_tokens"] = budget
    elif kind == "adaptive":
        reasoning.budget = -1
    display = rest.get("display")
    if display in {"summarized", "omitted"}:
        reasoning.shown = rest.pop("display") == "summarized"
    reasoning.extra |= rest
