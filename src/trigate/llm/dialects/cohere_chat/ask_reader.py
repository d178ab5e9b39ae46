"""A caller's body, read."""

from typing import Any

from trigate.llm.conversation import Conversation, OutputForm, Part, Reasoning, Tool, ToolChoice, Turn
from trigate.llm.dialects.cohere_chat.document import read_document
from trigate.llm.dialects.cohere_chat.turn_reader import read_turns
from trigate.llm.dialects.cohere_chat.word import NAME
from trigate.llm.node import Node, blame_caller

_THINKING = {"enabled": True, "disabled": False}


def read_ask(body: dict[str, Any], model: str, *, streamed: bool) -> Conversation:
    """Raises InvalidParameter."""
    node = Node(body, blame_caller)
    turns = read_turns(node.nodes("messages"))
    if not turns:
        node.refuse("messages", "a list of at least one message")
    conversation = Conversation(dialect=NAME, model=model, turns=turns, streamed=streamed, counted=True)
    node.take("model")
    if node.flag("stream") is False:
        conversation.form["stream"] = False
    _read_documents(node, conversation)
    _read_tools(node, conversation)
    conversation.output = _read_output(node, conversation)
    conversation.reasoning = _read_thinking(node, conversation)
    _read_sampling(node, conversation)
    conversation.extra.update(node.rest())
    return conversation


def _read_documents(node: Node, conversation: Conversation) -> None:
    """They ground the next answer, so the last turn of the user shows them."""
    documents: list[Part] = []
    for place, each in enumerate(node.items("documents")):
        document = read_document(each, f"documents[{place}]")
        document.form["grounds"] = True
        documents.append(document)
    if not documents:
        return
    turn = next((each for each in reversed(conversation.turns) if each.role == "user"), None)
    if turn is None:
        turn = Turn("user", [], form={"grounds": True})
        conversation.turns.append(turn)
    if turn.plain:
        turn.plain = False
        turn.form["plain"] = True
    turn.parts = documents + turn.parts


def _read_tools(node: Node, conversation: Conversation) -> None:
    conversation.tools = [_read_tool(each) for each in node.nodes("tools")]
    strict = node.flag("strict_tools")
    if strict is not None:
        conversation.form["strict_tools"] = strict
        for tool in conversation.tools:
            if isinstance(tool, Tool):
                tool.strict = strict
    choice = node.text("tool_choice")
    if choice:
        if choice not in {"REQUIRED", "NONE"}:
            node.refuse("tool_choice", "`REQUIRED` or `NONE`")
        conversation.tool_choice = ToolChoice("required" if choice == "REQUIRED" else "none")


def _read_tool(node: Node) -> Tool:
    kind = node.text("type", "function")
    inner = node.node("function")
    if inner is None or kind != "function":
        node.refuse("type", "`function`, with a member of that name")
    tool = Tool(name=inner.need_text("name"), description=inner.text("description"), schema=inner.object("parameters"))
    if inner.rest():
        tool.extra["function"] = inner.rest()
    tool.extra.update(node.rest())
    return tool


def _read_output(node: Node, conversation: Conversation) -> OutputForm | None:
    if node.rest().get("response_format") == {"type": "text"}:
        conversation.form["response_format"] = node.take("response_format")
    form = node.node("response_format")
    if form is None:
        return None
    if form.need_text("type") != "json_object":
        form.refuse("type", "`text` or `json_object`")
    schema = form.object("json_schema")
    if schema is None and (older := form.object("schema")) is not None:
        schema = older
        conversation.form["schema"] = True
    return OutputForm(schema=schema, strict=True if schema is not None else None, extra=form.rest())


def _read_thinking(node: Node, conversation: Conversation) -> Reasoning | None:
    thinking = node.node("thinking")
    if thinking is None:
        return None
    kind = thinking.need_text("type")
    if kind not in _THINKING:
        thinking.refuse("type", "`enabled` or `disabled`")
    conversation.form["thinking"] = kind
    return Reasoning(enabled=_THINKING[kind], budget=thinking.integer("token_budget"), extra=thinking.rest())


def _read_sampling(node: Node, conversation: Conversation) -> None:
    conversation.most_output = node.integer("max_tokens")
    conversation.temperature = node.number("temperature")
    conversation.top_p = node.number("p")
    conversation.top_k = node.integer("k")
    conversation.seed = node.integer("seed")
    conversation.frequency_penalty = node.number("frequency_penalty")
    conversation.presence_penalty = node.number("presence_penalty")
    conversation.stop = node.texts("stop_sequences")
    conversation.logprobs = node.flag("logprobs")
