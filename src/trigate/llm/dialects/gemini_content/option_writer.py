"""How an answer is to be made, as Gemini's `generationConfig`."""

from typing import Any

from trigate.llm.beta import drop_betas
from trigate.llm.chat_dialect import Manners
from trigate.llm.conversation import Conversation, OutputForm, Reasoning
from trigate.llm.dialects.gemini_content.option_reader import JSON_TYPE
from trigate.llm.dialects.gemini_content.part_reader import NAME
from trigate.llm.effort import budget_of
from trigate.llm.loss import Losses
from trigate.llm.word import word

_NUMBERS = {
    "maxOutputTokens": "most_output",
    "temperature": "temperature",
    "topP": "top_p",
    "topK": "top_k",
    "seed": "seed",
    "frequencyPenalty": "frequency_penalty",
    "presencePenalty": "presence_penalty",
    "candidateCount": "choices",
    "responseLogprobs": "logprobs",
    "logprobs": "top_logprobs",
}
_LEVELS = {"minimal": "MINIMAL", "low": "LOW", "medium": "MEDIUM", "high": "HIGH", "xhigh": "HIGH", "max": "HIGH"}
LARGEST = 24576
"""The largest budget that all models with budgets take."""
_BUDGETED = ("gemini-1", "gemini-2")
"""Models that know no levels of thinking."""


def write_options(conversation: Conversation, manners: Manners, losses: Losses) -> dict[str, Any]:
    """`generationConfig`; empty if nothing is said."""
    config: dict[str, Any] = {}
    for name, field in _NUMBERS.items():
        value = getattr(conversation, field)
        if value is not None:
            config[name] = value
    if conversation.stop:
        config["stopSequences"] = conversation.stop
    if conversation.output is not None:
        _write_output(conversation, conversation.output, config, losses)
    if conversation.reasoning is not None:
        thinking = _Thinking(conversation, manners, losses).write(conversation.reasoning)
        if thinking:
            config["thinkingConfig"] = thinking
    _report(conversation, losses)
    return config


def _write_output(conversation: Conversation, output: OutputForm, config: dict[str, Any], losses: Losses) -> None:
    form = conversation.form if conversation.dialect == NAME else {}
    mime = form.get("responseMimeType", JSON_TYPE)
    if mime:
        config["responseMimeType"] = mime
    if "responseSchema" in form:
        config["responseSchema"] = form["responseSchema"]
    elif output.schema is not None:
        config["responseJsonSchema"] = output.schema
    for name in ("name", "description"):
        if getattr(output, name):
            losses.drop(word(conversation.dialect, "output", name))
    losses.drop_extra(word(conversation.dialect, "output"), output.extra)


class _Thinking:
    """Writes `thinkingConfig`."""

    __slots__ = ("_budgeted", "_dialect", "_form", "_losses")

    def __init__(self, conversation: Conversation, manners: Manners, losses: Losses) -> None:
        self._dialect = conversation.dialect
        self._form = conversation.form if conversation.dialect == NAME else {}
        self._losses = losses
        self._budgeted = any(each in manners.model for each in _BUDGETED)

    def write(self, reasoning: Reasoning) -> dict[str, Any]:
        """The whole of it; empty if nothing is said."""
        written: dict[str, Any] = {}
        if reasoning.shown is not None:
            written["includeThoughts"] = reasoning.shown
        if self._dialect == NAME:
            written |= self._own(reasoning)
        else:
            written |= self._amount(reasoning)
            self._losses.drop_extra(word(self._dialect, "reasoning"), reasoning.extra)
        if reasoning.summary:
            written["includeThoughts"] = True
            if reasoning.summary != "auto":
                self._losses.degrade(word(self._dialect, "reasoning", "summary"), "includeThoughts")
        return written

    def _own(self, reasoning: Reasoning) -> dict[str, Any]:
        written = dict(reasoning.extra)
        if reasoning.budget is not None:
            written["thinkingBudget"] = reasoning.budget
        if reasoning.effort:
            written["thinkingLevel"] = self._form.get("thinkingLevel", reasoning.effort.upper())
        return written

    def _amount(self, reasoning: Reasoning) -> dict[str, Any]:
        effort = reasoning.effort or ("none" if reasoning.enabled is False else "")
        if effort:
            member = "effort" if reasoning.effort else "reasoning"
            return self._budget(effort, member) if self._budgeted else self._level(effort, member)
        if reasoning.budget is not None:
            return {"thinkingBudget": reasoning.budget}
        return {"thinkingBudget": -1} if reasoning.enabled else {}

    def _budget(self, effort: str, member: str) -> dict[str, Any]:
        budget = 0 if effort == "none" else min(budget_of(effort), LARGEST)
        if effort != "none":
            self._losses.degrade(word(self._dialect, member), f"thinkingBudget {budget}")
        return {"thinkingBudget": budget}

    def _level(self, effort: str, member: str) -> dict[str, Any]:
        level = _LEVELS.get(effort, "MINIMAL")
        if level.lower() != effort:
            self._losses.degrade(word(self._dialect, member), f"thinkingLevel {level}")
        return {"thinkingLevel": level}


def _report(conversation: Conversation, losses: Losses) -> None:
    """What Gemini has no words for."""
    for name in ("user", "metadata", "cache_key"):
        if getattr(conversation, name):
            losses.drop(word(conversation.dialect, name))
    drop_betas(conversation, losses)
    if conversation.parallel is False:
        losses.drop(word(conversation.dialect, "parallel"))
