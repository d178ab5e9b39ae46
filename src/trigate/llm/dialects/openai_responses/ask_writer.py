"""An ask for a provider that speaks Responses."""

from hashlib import sha256
from typing import Any

import msgspec

from trigate.llm.beta import drop_betas
from trigate.llm.chat_dialect import Manners
from trigate.llm.conversation import Conversation, OutputForm, Text, Thought, Turn
from trigate.llm.dialects.openai_responses.ask_reader import ENCRYPTED, INSTRUCTIONS, LOGPROBS, SAFETY
from trigate.llm.dialects.openai_responses.content_reader import NAME
from trigate.llm.dialects.openai_responses.item_reader import BARE
from trigate.llm.dialects.openai_responses.item_writer import ItemWriter
from trigate.llm.dialects.openai_responses.nesting import flatten, put_back
from trigate.llm.dialects.openai_responses.thought import MAKER
from trigate.llm.dialects.openai_responses.tool import write_choice, write_tools
from trigate.llm.effort import effort_of
from trigate.llm.loss import Losses
from trigate.llm.word import word

LEAST_OUTPUT = 16
"""Tokens; the API refuses less."""
LONGEST_USER = 64
"""Characters."""
TIERS = frozenset({"auto", "default", "flex", "scale", "priority", "fast", "ultrafast"})
"""Values of `service_tier`."""
_SHOWING = frozenset({"anthropic_messages", "bedrock_converse"})
"""Dialects that show what is thought, if thinking is asked for at all."""
_UNKNOWN = ("top_k", "seed", "frequency_penalty", "presence_penalty", "stop")
"""What Responses has nothing like."""
_SHARED = frozenset({"store", "user", "prompt_cache_retention", "prompt_cache_options", "moderation"})
"""What OpenAI's chat completions say in the same words."""


def write_ask(conversation: Conversation, manners: Manners, losses: Losses) -> dict[str, Any]:
    """The body; what it cannot say goes into `losses`."""
    body: dict[str, Any] = {"model": manners.model}
    _write_turns(body, conversation, manners, losses)
    if conversation.tools and (tools := write_tools(conversation, losses)):
        body["tools"] = tools
    if (choice := write_choice(conversation, losses)) is not None and ("tools" in body or choice == "none"):
        body["tool_choice"] = choice
    _write_plain(body, conversation)
    if conversation.dialect == NAME:
        _write_own(body, conversation)
    else:
        _write_guest(body, conversation, losses)
    if conversation.streamed:
        body["stream"] = True
    return body


def _write_turns(body: dict[str, Any], conversation: Conversation, manners: Manners, losses: Losses) -> None:
    turns = conversation.turns
    if turns and _is_instruction(turns[0], conversation.dialect):
        body["instructions"] = turns[0].parts[0].text  # type: ignore[reportAttributeAccessIssue] - one text
        turns = turns[1:]
    if len(turns) == 1 and BARE in turns[0].form and isinstance(said := turns[0].parts[0], Text):
        body["input"] = said.text
        return
    writer = ItemWriter(conversation, losses, manners.quirks)
    for turn in turns:
        writer.write(turn)
    body["input"] = writer.items


def _is_instruction(turn: Turn, dialect: str) -> bool:
    """Whether it is what the ask says of the whole conversation, in nothing but one text."""
    if dialect == NAME:
        return INSTRUCTIONS in turn.form
    if turn.role != "system" or len(turn.parts) != 1 or turn.name or turn.extra:
        return False
    part = turn.parts[0]
    return isinstance(part, Text) and part.cache is None and not part.extra


def _write_plain(body: dict[str, Any], conversation: Conversation) -> None:
    """What is said in the same way, whoever says it."""
    plain = {
        "temperature": conversation.temperature,
        "top_p": conversation.top_p,
        "top_logprobs": conversation.top_logprobs,
        "parallel_tool_calls": conversation.parallel,
        "metadata": conversation.metadata,
        "prompt_cache_key": conversation.cache_key or None,
    }
    body.update({name: value for name, value in plain.items() if value is not None})


def _write_own(body: dict[str, Any], conversation: Conversation) -> None:
    own = {
        "max_output_tokens": conversation.most_output,
        "service_tier": conversation.service_tier or None,
        **dict.fromkeys(conversation.form.get("user", ("user",)), conversation.user or None),
    }
    body.update({name: value for name, value in own.items() if value is not None})
    if (asked := conversation.reasoning) is not None:
        said = {"effort": asked.effort, "summary": asked.summary}
        body["reasoning"] = {name: value for name, value in said.items() if value} | asked.extra
    if conversation.output is not None:
        body["text"] = {"format": write_form(conversation.output) | conversation.output.extra}
    form = {name: value for name, value in conversation.form.items() if name != "user"}
    body |= {name: dict(value) if name == "text" else value for name, value in form.items()}
    put_back(body, conversation.extra, without=("include",) if "include" in conversation.form else ())


def write_form(output: OutputForm) -> dict[str, Any]:
    """The form of the answer."""
    if output.schema is None:
        return {"type": "json_object"}
    form: dict[str, Any] = {"type": "json_schema", "name": output.name or "answer", "schema": output.schema}
    if output.description:
        form["description"] = output.description
    if output.strict is not None:
        form["strict"] = output.strict
    return form


def _write_guest(body: dict[str, Any], conversation: Conversation, losses: Losses) -> None:
    """What an ask in another dialect says. Nothing of it is kept by the provider, as nobody there asks for it."""
    dialect = conversation.dialect
    body["store"] = False
    _write_bound(body, conversation, losses)
    _write_user(body, conversation, losses)
    _write_tier(body, conversation, losses)
    if conversation.metadata is not None:
        body["metadata"] = {name: _as_text(value) for name, value in conversation.metadata.items()}
        if body["metadata"] != conversation.metadata:
            losses.degrade(word(dialect, "metadata"), "as texts of JSON")
    if conversation.output is not None:
        body["text"] = {"format": write_form(conversation.output)}
        losses.drop_extra(word(dialect, "output"), conversation.output.extra)
    _write_reasoning(body, conversation, losses)
    _write_included(body, conversation)
    for name in _UNKNOWN:
        if getattr(conversation, name) not in (None, []):
            losses.drop(word(dialect, name))
    drop_betas(conversation, losses)
    if (conversation.choices or 1) > 1:
        losses.drop(word(dialect, "choices"), "one answer is given")
    _write_leftovers(body, conversation, losses)


def _write_bound(body: dict[str, Any], conversation: Conversation, losses: Losses) -> None:
    most = conversation.most_output
    if most is None:
        return
    if most < LEAST_OUTPUT:
        losses.degrade(word(conversation.dialect, "most_output"), f"{most} became {LEAST_OUTPUT}, the least there")
    body["max_output_tokens"] = max(most, LEAST_OUTPUT)


def _write_user(body: dict[str, Any], conversation: Conversation, losses: Losses) -> None:
    user = conversation.user
    if len(user) > LONGEST_USER:
        user = sha256(user.encode(errors="replace")).hexdigest()
        losses.degrade(
            word(conversation.dialect, "user"), f"its SHA-256, as more than {LONGEST_USER} characters are refused"
        )
    if user:
        body[SAFETY if SAFETY in conversation.form.get("user", ()) else "user"] = user


def _write_tier(body: dict[str, Any], conversation: Conversation, losses: Losses) -> None:
    tier = conversation.service_tier
    if tier in TIERS:
        body["service_tier"] = tier
    elif tier:
        losses.drop(word(conversation.dialect, "service_tier"))


def _as_text(value: Any) -> str:
    return value if type(value) is str else msgspec.json.encode(value).decode()


def _write_reasoning(body: dict[str, Any], conversation: Conversation, losses: Losses) -> None:
    asked = conversation.reasoning
    if asked is None:
        return
    effort = _effort(conversation, losses)
    shows = asked.shown if asked.shown is not None else asked.enabled and conversation.dialect in _SHOWING
    summary = asked.summary or ("auto" if shows else "")
    said = {name: value for name, value in (("effort", effort), ("summary", summary)) if value}
    losses.drop_extra(word(conversation.dialect, "reasoning"), asked.extra)
    if said:
        body["reasoning"] = said


def _effort(conversation: Conversation, losses: Losses) -> str:
    """The word for how much is to be thought; empty for the model's own default."""
    asked, dialect = conversation.reasoning, conversation.dialect
    if asked is None or asked.effort:
        return asked.effort if asked is not None else ""
    if asked.enabled is False or asked.budget == 0:
        losses.degrade(word(dialect, "reasoning"), "the model's own default")
        return ""
    if asked.budget is not None and asked.budget > 0:
        effort = effort_of(asked.budget)
        losses.degrade(word(dialect, "reasoning"), f"{asked.budget} tokens became effort {effort}")
        return effort
    if asked.enabled:
        losses.degrade(word(dialect, "reasoning"), "effort medium")
        return "medium"
    return ""


def _write_included(body: dict[str, Any], conversation: Conversation) -> None:
    """Thoughts come back encrypted, so that the caller can send them along. Models that do not think refuse this."""
    include = [LOGPROBS] if conversation.logprobs else []
    asked = conversation.reasoning
    if (asked is not None and asked.enabled is not False and asked.effort != "none") or _has_thought(conversation):
        include.append(ENCRYPTED)
    if include:
        body["include"] = include


def _has_thought(conversation: Conversation) -> bool:
    parts = (part for turn in conversation.turns for part in turn.parts)
    return any(isinstance(each, Thought) and each.maker == MAKER and each.signature for each in parts)


def _write_leftovers(body: dict[str, Any], conversation: Conversation, losses: Losses) -> None:
    """What OpenAI's chat completions say in the same words is said; all else is lost."""
    extra = conversation.extra
    if conversation.dialect == "openai_chat":
        shared = {name: value for name, value in extra.items() if name in _SHARED}
        if "verbosity" in extra:
            put_back(body, flatten("text", {"verbosity": extra["verbosity"]}))
        body |= shared
        extra = {name: value for name, value in extra.items() if name not in shared and name != "verbosity"}
    losses.drop_extra("", extra)
