"""A caller's body, read."""

from typing import Any, cast

from trigate.llm.conversation import Conversation, OutputForm
from trigate.llm.dialects.openai_chat.part_reader import nest
from trigate.llm.dialects.openai_chat.reasoning import read_reasoning
from trigate.llm.dialects.openai_chat.tool_reader import read_tools
from trigate.llm.dialects.openai_chat.turn_reader import read_turns
from trigate.llm.dialects.openai_chat.word import NAME
from trigate.llm.node import Node, blame_caller
from trigate.llm.output_bound import COMPLETION, LEGACY

_DEFAULTS = {"modalities": ["text"], "store": False, "response_format": {"type": "text"}}
"""What says the same as nothing, wherever it is said."""

_FORMS = frozenset({"json_object", "json_schema"})
"""Forms of an answer; those of other servers are kept as they are."""


def read_ask(body: dict[str, Any], model: str, *, streamed: bool) -> Conversation:
    """Raises InvalidParameter."""
    node = Node(body, blame_caller)
    conversation = Conversation(dialect=NAME, model=model, turns=read_turns(node.nodes("messages")), streamed=streamed)
    if not conversation.turns:
        node.refuse("messages", "a list of at least one message")
    node.take("model")
    _read_stream(node, conversation)
    _read_defaults(node, conversation)
    read_tools(node, conversation)
    read_reasoning(node, conversation)
    conversation.output = _read_output(node)
    _read_bound(node, conversation)
    _read_sampling(node, conversation)
    _read_user(node, conversation)
    conversation.metadata = node.object("metadata")
    conversation.service_tier = node.text("service_tier")
    conversation.cache_key = node.text("prompt_cache_key")
    conversation.extra.update(node.rest())
    return conversation


def _read_stream(node: Node, conversation: Conversation) -> None:
    if node.flag("stream") is False:
        conversation.form["stream"] = False
    options = node.node("stream_options")
    if options is not None:
        conversation.counted = bool(options.flag("include_usage"))
        nest(conversation.extra, "stream_options", options)


def _read_defaults(node: Node, conversation: Conversation) -> None:
    for name, default in _DEFAULTS.items():
        if node.rest().get(name) == default:
            conversation.form[name] = node.take(name)


def _read_output(node: Node) -> OutputForm | None:
    form: Any = node.rest().get("response_format")
    if isinstance(form, dict) and cast("dict[str, Any]", form).get("type") not in _FORMS:
        return None
    outer = node.node("response_format")
    if outer is None:
        return None
    if outer.need_text("type") == "json_object":
        return OutputForm(extra=outer.rest())
    inner = outer.node("json_schema")
    if inner is None:
        outer.refuse("json_schema", "an object")
    output = OutputForm(
        schema=inner.object("schema") or {},
        name=inner.need_text("name"),
        description=inner.text("description"),
        strict=inner.flag("strict"),
    )
    nest(output.extra, "json_schema", inner)
    output.extra.update(outer.rest())
    return output


def _read_bound(node: Node, conversation: Conversation) -> None:
    bounds = {name: bound for name in (COMPLETION, LEGACY) if (bound := node.integer(name)) is not None}
    if bounds:
        conversation.most_output = min(bounds.values())
        conversation.form["bounds"] = bounds


def _read_sampling(node: Node, conversation: Conversation) -> None:
    conversation.temperature = node.number("temperature")
    conversation.top_p = node.number("top_p")
    conversation.top_k = node.integer("top_k")
    conversation.seed = node.integer("seed")
    conversation.frequency_penalty = node.number("frequency_penalty")
    conversation.presence_penalty = node.number("presence_penalty")
    conversation.choices = node.integer("n")
    conversation.logprobs = node.flag("logprobs")
    conversation.top_logprobs = node.integer("top_logprobs")
    if type(node.rest().get("stop")) is str:
        conversation.form["stop"] = "text"
        conversation.stop = [node.text("stop")]
    else:
        conversation.stop = node.texts("stop")


def _read_user(node: Node, conversation: Conversation) -> None:
    """Two names of one thing."""
    names = {name: said for name in ("safety_identifier", "user") if (said := node.text(name))}
    if not names:
        return
    conversation.user = next(iter(names.values()))
    conversation.form["user"] = [name for name, said in names.items() if said == conversation.user]
    conversation.extra.update({name: said for name, said in names.items() if said != conversation.user})
