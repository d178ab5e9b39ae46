"""The body for a provider, written."""

from typing import Any

from trigate.llm.beta import drop_betas
from trigate.llm.chat_dialect import Manners
from trigate.llm.conversation import Conversation, OutputForm, Reasoning
from trigate.llm.dialects.cohere_chat.draft import Draft
from trigate.llm.dialects.cohere_chat.part_writer import Written
from trigate.llm.dialects.cohere_chat.tool_writer import write_tools
from trigate.llm.dialects.cohere_chat.turn_writer import write_turns
from trigate.llm.effort import budget_of
from trigate.llm.loss import Losses

_MOST_STOPS = 5
_BOUNDS = {"p": (0.01, 0.99), "k": (0, 500), "frequency_penalty": (0, 1), "presence_penalty": (0, 1)}
"""Least and most of each number."""


def write_ask(conversation: Conversation, manners: Manners, losses: Losses) -> dict[str, Any]:
    """What the target cannot be told goes into `losses`."""
    draft = Draft(conversation, manners, losses)
    body: Written = {"model": manners.model, "messages": write_turns(draft, conversation.turns)}
    if draft.documents:
        body["documents"] = draft.documents
    write_tools(draft, body)
    if conversation.output is not None:
        body["response_format"] = _write_output(draft, conversation.output)
    if conversation.reasoning is not None:
        _write_thinking(draft, conversation.reasoning, body)
    _write_sampling(draft, body)
    _write_numbers(draft, body)
    _drop_the_rest(draft)
    body.update({name: conversation.form[name] for name in ("stream", "response_format") if _said(draft, name)})
    body.update(draft.kept("", conversation.extra))
    if conversation.streamed:
        body["stream"] = True
    return body


def _said(draft: Draft, name: str) -> bool:
    return draft.own and name in draft.conversation.form


def _write_output(draft: Draft, output: OutputForm) -> Written:
    written: Written = {"type": "json_object"}
    if output.schema is not None:
        written["schema" if _said(draft, "schema") else "json_schema"] = output.schema
    if output.name:
        draft.drop("output", "name")
    if output.description:
        draft.drop("output", "description")
    return {**written, **draft.kept("output", output.extra)}


def _write_thinking(draft: Draft, reasoning: Reasoning, body: Written) -> None:
    off = reasoning.enabled is False or reasoning.effort == "none" or (reasoning.budget == 0 and not draft.own)
    written: Written = {"type": "disabled" if off else "enabled"}
    budget = reasoning.budget
    if budget is None and reasoning.effort and not off:
        budget = budget_of(reasoning.effort)
        draft.degrade("effort", f"{budget} tokens stand for {reasoning.effort}")
    if budget is not None and (budget > 0 or draft.own) and not (off and not draft.own):
        written["token_budget"] = budget
    if reasoning.shown is False:
        draft.drop("reasoning", "shown", "thoughts are shown")
    if reasoning.summary:
        draft.drop("reasoning", "summary", "thoughts are shown, not summed up")
    body["thinking"] = {**written, **draft.kept("reasoning", reasoning.extra)}


def _write_sampling(draft: Draft, body: Written) -> None:
    asked = draft.conversation
    said = {
        "max_tokens": asked.most_output,
        "temperature": asked.temperature,
        "seed": asked.seed,
        "logprobs": asked.logprobs,
    }
    body.update({name: value for name, value in said.items() if value is not None})
    stop = asked.stop
    if len(stop) > _MOST_STOPS and not draft.own:
        draft.degrade("stop", f"the first {_MOST_STOPS} of {len(stop)}")
        stop = stop[:_MOST_STOPS]
    if stop:
        body["stop_sequences"] = stop


def _write_numbers(draft: Draft, body: Written) -> None:
    """Numbers that have narrower bounds here than elsewhere."""
    asked = draft.conversation
    numbers = {
        "p": ("top_p", asked.top_p),
        "k": ("top_k", asked.top_k),
        "frequency_penalty": ("frequency_penalty", asked.frequency_penalty),
        "presence_penalty": ("presence_penalty", asked.presence_penalty),
    }
    for name, (member, value) in numbers.items():
        if value is None:
            continue
        least, most = _BOUNDS[name]
        body[name] = value if draft.own else min(max(value, least), most)
        if body[name] != value:
            draft.degrade(member, f"{body[name]} in place of {value}")


def _drop_the_rest(draft: Draft) -> None:
    """Members that the dialect has no word for."""
    asked = draft.conversation
    lost = {
        "choices": (asked.choices or 1) > 1,
        "top_logprobs": bool(asked.top_logprobs),
        "user": bool(asked.user),
        "metadata": bool(asked.metadata),
        "service_tier": asked.service_tier not in {"", "auto", "default"},
        "cache_key": bool(asked.cache_key),
    }
    for name, is_lost in lost.items():
        if is_lost:
            draft.drop(name)
    drop_betas(asked, draft.losses)
