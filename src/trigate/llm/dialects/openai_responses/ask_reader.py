"""An ask of a Responses caller, understood."""

from typing import Any

from trigate.llm.conversation import Conversation, Extra, OutputForm, Reasoning, Text, Turn
from trigate.llm.dialects.openai_responses.content_reader import NAME
from trigate.llm.dialects.openai_responses.item_reader import read_input
from trigate.llm.dialects.openai_responses.nesting import flatten
from trigate.llm.dialects.openai_responses.tool import read_choice, read_tools
from trigate.llm.node import Node, blame_caller

INSTRUCTIONS = "instructions"
"""In a turn's `form`: it is the ask's member of that name."""
SAFETY = "safety_identifier"
LOGPROBS = "message.output_text.logprobs"
ENCRYPTED = "reasoning.encrypted_content"
_USUAL: dict[str, Any] = {
    "background": False,
    "truncation": "disabled",
    "stream_options": {"include_obfuscation": False},
}
"""What is so elsewhere, whether or not it is said."""


def read_ask(body: dict[str, Any], model: str, *, streamed: bool) -> Conversation:
    """The conversation; raises InvalidParameter."""
    node = Node(body, blame_caller)
    node.take("model")
    form: Extra = {}
    if node.flag("stream") is False:
        form["stream"] = False
    ask = Conversation(dialect=NAME, model=model, turns=_turns(node), streamed=streamed, form=form)
    extra = _output(node, ask)
    _settings(node, ask)
    ask.tools = read_tools(node)
    ask.tool_choice = read_choice(node, ask.tools)
    ask.reasoning = _reasoning(node)
    extra |= _included(node, ask) | _user(node, ask)
    _usual(node, form)
    ask.extra = node.rest() | extra
    return ask


def _turns(node: Node) -> list[Turn]:
    instructions = node.text("instructions")
    value = node.take("input")
    turns = [] if value is None else read_input(value, blame_caller)
    if instructions:
        turns.insert(0, Turn("system", [Text(text=instructions)], plain=True, form={INSTRUCTIONS: True}))
    return turns


def _settings(node: Node, ask: Conversation) -> None:
    ask.most_output = node.integer("max_output_tokens")
    ask.temperature = node.number("temperature")
    ask.top_p = node.number("top_p")
    ask.top_logprobs = node.integer("top_logprobs")
    ask.parallel = node.flag("parallel_tool_calls")
    ask.metadata = node.object("metadata")
    ask.service_tier = node.text("service_tier")
    ask.cache_key = node.text("prompt_cache_key")


def _user(node: Node, ask: Conversation) -> Extra:
    """Two names of one thing; returns the second, if it says another."""
    names = {name: said for name in (SAFETY, "user") if (said := node.text(name))}
    ask.user = next(iter(names.values()), "")
    if names:
        ask.form["user"] = [name for name, said in names.items() if said == ask.user]
    return {name: said for name, said in names.items() if said != ask.user}


def _output(node: Node, ask: Conversation) -> Extra:
    """The form of the answer; returns what else is said of its text."""
    said = node.node("text")
    if said is None:
        return {}
    form = said.node("format")
    kind = form.text("type") if form is not None else ""
    if form is not None and kind == "json_schema":
        ask.output = _schema(form)
    elif form is not None and kind == "json_object":
        ask.output = OutputForm(extra=form.rest())
    elif form is not None and kind == "text":
        ask.form["text"] = {"format": {"type": kind, **form.rest()}}
    elif form is not None:
        return flatten("text", {"format": {"type": kind, **form.rest()}, **said.rest()})
    else:
        ask.form["text"] = {}
    return flatten("text", said.rest())


def _schema(node: Node) -> OutputForm:
    return OutputForm(
        name=node.text("name"),
        description=node.text("description"),
        schema=node.object("schema") or {},
        strict=node.flag("strict"),
        extra=node.rest(),
    )


def _reasoning(node: Node) -> Reasoning | None:
    said = node.node("reasoning")
    if said is None:
        return None
    effort, summary = said.text("effort"), said.text("summary")
    enabled = effort != "none" if effort else None
    return Reasoning(enabled=enabled, effort=effort, summary=summary, shown=bool(summary) or None, extra=said.rest())


def _included(node: Node, ask: Conversation) -> Extra:
    """What the answer is to tell; thoughts come with what signs them in any case."""
    if node.rest().get("include") is None:
        return {}
    wanted = node.texts("include")
    ask.form["include"] = wanted
    if LOGPROBS in wanted:
        ask.logprobs = True
    left = [each for each in wanted if each not in (LOGPROBS, ENCRYPTED)]
    return {"include": left} if left else {}


def _usual(node: Node, form: Extra) -> None:
    """Answers are kept by the gateway, whoever gives them; and what is usual is no loss where it cannot be said."""
    rest = node.rest()
    if type(rest.get("store")) is bool:
        form["store"] = rest.pop("store")
    for name, value in _USUAL.items():
        if name in rest and rest[name] == value:
            form[name] = rest.pop(name)
