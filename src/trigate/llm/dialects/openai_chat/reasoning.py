"""How much the model is to think: `reasoning_effort`, and what others made customary, `reasoning` and `thinking`."""

from typing import Any

from trigate.llm.conversation import Conversation, Reasoning
from trigate.llm.dialects.openai_chat.draft import Draft
from trigate.llm.dialects.openai_chat.word import EFFORTS
from trigate.llm.effort import effort_of
from trigate.llm.node import Node

SWITCH = "thinking"
"""The quirk of a server that is told to think, or not to, by `thinking`."""
BUDGET = "enable_thinking"
"""The same by `enable_thinking`, with a budget of tokens."""


def read_reasoning(node: Node, conversation: Conversation) -> None:
    """The first of the three that is there speaks; another one is kept as it is."""
    if node.rest().get("reasoning") is not None:
        conversation.reasoning = _read_object(node, conversation)
    elif node.rest().get("reasoning_effort") in EFFORTS:
        effort = node.text("reasoning_effort")
        conversation.reasoning = Reasoning(effort=effort, enabled=False if effort == "none" else None)
    elif type(node.rest().get("thinking")) is dict:
        conversation.reasoning = _read_thinking(node, conversation)


def _read_object(node: Node, conversation: Conversation) -> Reasoning | None:
    inner = node.node("reasoning")
    if inner is None:
        return None
    conversation.form["reasoning"] = "reasoning"
    effort = inner.rest().get("effort")
    hidden = inner.flag("exclude")
    return Reasoning(
        effort=inner.text("effort") if effort in EFFORTS else "",
        budget=inner.integer("max_tokens"),
        enabled=inner.flag("enabled"),
        shown=None if hidden is None else not hidden,
        summary=inner.text("summary"),
        extra=inner.rest(),
    )


def _read_thinking(node: Node, conversation: Conversation) -> Reasoning | None:
    inner = node.node("thinking")
    if inner is None:
        return None
    conversation.form["reasoning"] = kind = inner.text("type")
    conversation.form["thinking"] = True
    return Reasoning(enabled=kind != "disabled", budget=inner.integer("budget_tokens"), extra=inner.rest())


def write_reasoning(draft: Draft, body: dict[str, Any]) -> None:
    """What the target is told of it."""
    reasoning = draft.conversation.reasoning
    if reasoning is None:
        return
    if draft.own and "reasoning" in draft.conversation.form:
        _write_own(draft, reasoning, body)
    elif "reasoning" in draft.manners.quirks:
        body["reasoning"] = _object(reasoning)
        draft.kept("reasoning", reasoning.extra)
    elif SWITCH in draft.manners.quirks or BUDGET in draft.manners.quirks:
        _write_switch(draft, reasoning, body)
    else:
        _write_effort(draft, reasoning, body)


def _write_switch(draft: Draft, reasoning: Reasoning, body: dict[str, Any]) -> None:
    """Thinking is on or off; how much of it there is can be said to some by a number of tokens."""
    on = not (reasoning.enabled is False or reasoning.budget == 0 or reasoning.effort == "none")
    budget = reasoning.budget if on and reasoning.budget and reasoning.budget > 0 else None
    if SWITCH in draft.manners.quirks:
        body["thinking"] = {"type": "enabled" if on else "disabled"}
        if budget is not None:
            draft.degrade("reasoning", f"thinking is on, not bounded by {budget} tokens", "budget")
    else:
        body["enable_thinking"] = on
        if budget is not None:
            body["thinking_budget"] = budget
    if on and reasoning.effort:
        draft.degrade("reasoning", f"thinking is on, without effort {reasoning.effort}")
    if reasoning.summary:
        draft.drop("reasoning", "summary")
    draft.kept("reasoning", reasoning.extra)


def _write_own(draft: Draft, reasoning: Reasoning, body: dict[str, Any]) -> None:
    if "thinking" not in draft.conversation.form:
        body["reasoning"] = {**_object(reasoning), **reasoning.extra}
        return
    said = {"type": draft.conversation.form["reasoning"] or None, "budget_tokens": reasoning.budget}
    body["thinking"] = {name: value for name, value in said.items() if value is not None} | reasoning.extra


def _object(reasoning: Reasoning) -> dict[str, Any]:
    said = {
        "effort": reasoning.effort or None,
        "max_tokens": reasoning.budget if reasoning.budget != -1 else None,
        "enabled": reasoning.enabled,
        "exclude": None if reasoning.shown is None else not reasoning.shown,
        "summary": reasoning.summary or None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _write_effort(draft: Draft, reasoning: Reasoning, body: dict[str, Any]) -> None:
    effort = reasoning.effort or _effort(draft, reasoning)
    if effort:
        body["reasoning_effort"] = effort
    if reasoning.shown:
        draft.drop("reasoning", "shown", "whether thoughts are shown is the provider's choice")
    if reasoning.summary:
        draft.drop("reasoning", "summary")
    draft.kept("reasoning", reasoning.extra)


def _effort(draft: Draft, reasoning: Reasoning) -> str:
    if reasoning.enabled is False or reasoning.budget == 0:
        if "no_thinking" in draft.manners.quirks:
            return "none"
        draft.degrade("reasoning", "the model's own default")
        return ""
    if reasoning.budget is None or reasoning.budget < 0:
        return ""
    effort = effort_of(reasoning.budget)
    draft.degrade("reasoning", f"effort {effort} stands for {reasoning.budget} tokens", "budget")
    return effort
