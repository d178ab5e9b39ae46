"""How an answer is to be made, in Bedrock's words, and in those of the model behind it."""

from typing import Any

from trigate.llm.beta import BEDROCK, drop_betas
from trigate.llm.chat_dialect import Manners
from trigate.llm.conversation import Conversation, Reasoning
from trigate.llm.dialects.anthropic_messages.model import version_of
from trigate.llm.dialects.bedrock_converse.ask_reader import MORE
from trigate.llm.dialects.bedrock_converse.block_reader import NAME
from trigate.llm.effort import budget_of, effort_of
from trigate.llm.loss import Losses
from trigate.llm.word import word

_INFERENCE = {"maxTokens": "most_output", "temperature": "temperature", "topP": "top_p"}
_UNKNOWN = ("seed", "frequency_penalty", "presence_penalty", "choices", "logprobs", "top_logprobs")
_TIERS = {
    "default": "default",
    "standard_only": "default",
    "standard": "default",
    "flex": "flex",
    "priority": "priority",
}
_ADAPTIVE = (4, 6)
"""The first Claude that decides itself how much to think."""
LEAST = 1024
"""The smallest budget of thoughts that Claude takes."""
_LONGEST = 256
"""Characters of a value in `requestMetadata`."""


class OptionWriter:
    """Writes what is no message and no tool."""

    __slots__ = ("_body", "_claude", "_conversation", "_losses", "_more", "_own")

    def __init__(self, conversation: Conversation, manners: Manners, losses: Losses) -> None:
        self._conversation = conversation
        self._losses = losses
        self._own = conversation.dialect == NAME
        self._claude = "anthropic" in manners.model or "claude" in manners.model
        self._body: dict[str, Any] = {}
        self._more: dict[str, Any] = {}
        version = version_of(manners.model)
        self._write_inference()
        if conversation.reasoning is not None:
            budgeted = version is not None and version < _ADAPTIVE
            self._write_reasoning(conversation.reasoning, budgeted=budgeted)
        self._write_sampling(manners.model)
        self._write_account()

    def body(self) -> dict[str, Any]:
        """What was written."""
        return self._body | ({MORE: self._more} if self._more else {})

    def _path(self, member: str, below: str = "") -> str:
        return word(self._conversation.dialect, member, below)

    def _write_inference(self) -> None:
        found = {name: getattr(self._conversation, field) for name, field in _INFERENCE.items()}
        config = {name: value for name, value in found.items() if value is not None}
        if self._conversation.stop:
            config["stopSequences"] = self._conversation.stop
        if config:
            self._body["inferenceConfig"] = config

    def _write_reasoning(self, reasoning: Reasoning, *, budgeted: bool) -> None:
        form = self._conversation.form
        if self._own:
            if "thinking" in form:
                self._more["thinking"] = form["thinking"]
            if form.get("effort"):
                self._body["outputConfig"] = {"effort": reasoning.effort}
            return
        self._losses.drop_extra(self._path("reasoning"), reasoning.extra)
        if reasoning.summary not in {"", "auto"}:
            self._losses.drop(self._path("reasoning", "summary"))
        if reasoning.enabled is False or reasoning.effort == "none" or reasoning.budget == 0:
            self._write_off()
        elif self._claude and budgeted:
            self._write_budget(reasoning)
        elif reasoning.enabled or reasoning.effort or reasoning.budget is not None:
            self._write_effort(reasoning)

    def _write_off(self) -> None:
        if self._claude:
            self._more["thinking"] = {"type": "disabled"}
        else:
            self._losses.degrade(self._path("reasoning"), "the model's own default")

    def _write_effort(self, reasoning: Reasoning) -> None:
        effort = reasoning.effort
        if not effort and reasoning.budget is not None and reasoning.budget > 0:
            effort = effort_of(reasoning.budget)
            self._losses.degrade(self._path("reasoning", "budget"), f"effort {effort} for {reasoning.budget} tokens")
        if effort == "minimal" and self._claude:
            self._losses.degrade(self._path("effort"), "effort low")
            effort = "low"
        if self._claude:
            self._more["thinking"] = {"type": "adaptive"} | self._display(reasoning)
        elif reasoning.shown is not None:
            self._losses.drop(self._path("reasoning", "shown"))
        if effort:
            self._body["outputConfig"] = {"effort": effort}

    def _write_budget(self, reasoning: Reasoning) -> None:
        wanted = reasoning.budget if reasoning.budget is not None and reasoning.budget > 0 else None
        budget = max(wanted or budget_of(reasoning.effort), LEAST)
        most = self._conversation.most_output
        if most is None:
            self._body.setdefault("inferenceConfig", {})["maxTokens"] = budget + 4096
        elif most <= LEAST:
            self._losses.degrade(self._path("reasoning"), f"no thinking, for which {most} tokens are too few")
            return
        else:
            budget = min(budget, most - 1)
        if budget != wanted:
            told = f"{budget} tokens for {wanted or reasoning.effort or 'what the model thinks fit'}"
            self._losses.degrade(self._path("reasoning" if wanted else "effort"), told)
        self._more["thinking"] = {"type": "enabled", "budget_tokens": budget} | self._display(reasoning)

    def _display(self, reasoning: Reasoning) -> dict[str, Any]:
        return {} if reasoning.shown is None else {"display": "summarized" if reasoning.shown else "omitted"}

    def _write_sampling(self, model: str) -> None:
        conversation = self._conversation
        if conversation.top_k is not None:
            if self._own or self._claude:
                self._more["top_k"] = conversation.top_k
            elif "nova" in model:
                self._more["inferenceConfig"] = {"topK": conversation.top_k}
            else:
                self._losses.drop(self._path("top_k"))
        for name in _UNKNOWN:
            if getattr(conversation, name) is not None:
                self._losses.drop(self._path(name))
        if conversation.parallel is False:
            self._losses.drop(self._path("parallel"))

    def _write_account(self) -> None:
        conversation = self._conversation
        for name in ("user", "cache_key"):
            if getattr(conversation, name):
                self._losses.drop(self._path(name))
        betas = conversation.betas
        if betas and not self._own:
            betas = drop_betas(conversation, self._losses, BEDROCK if self._claude else frozenset())
        if betas:
            self._more["anthropic_beta"] = betas
        if conversation.metadata is not None:
            self._write_metadata(conversation.metadata)
        tier = conversation.service_tier if self._own else _TIERS.get(conversation.service_tier, "")
        if tier:
            self._body["serviceTier"] = {"type": tier}
        elif conversation.service_tier not in {"", "auto"}:
            self._losses.drop(self._path("service_tier"))

    def _write_metadata(self, metadata: dict[str, Any]) -> None:
        known = metadata
        if not self._own:
            known = {name: value for name, value in metadata.items() if type(value) is str and len(value) <= _LONGEST}
            self._losses.drop_extra(
                self._path("metadata"), {name: value for name, value in metadata.items() if name not in known}
            )
        if known or self._own:
            self._body["requestMetadata"] = known


def write_options(conversation: Conversation, manners: Manners, losses: Losses) -> dict[str, Any]:
    """Members of the body."""
    return OptionWriter(conversation, manners, losses).body()
