"""How much to think, as a budget of tokens or as an effort, whichever the model understands."""

from trigate.llm.conversation import Conversation, Part, Reasoning, Thought, ToolCall
from trigate.llm.dialects.anthropic_messages.block_writer import BlockWriter, is_own
from trigate.llm.dialects.anthropic_messages.home import JSON, unite
from trigate.llm.dialects.anthropic_messages.model import Claude
from trigate.llm.effort import budget_of, effort_of

LEAST = 1024
"""The smallest budget that is taken."""
_EFFORTS = frozenset({"low", "medium", "high", "xhigh", "max"})


def write_own_thinking(reasoning: Reasoning) -> JSON:
    """The members `thinking` and `output_config` as they were read."""
    written: JSON = {}
    thinking: JSON = {}
    if reasoning.enabled is not None:
        adaptive = reasoning.enabled and reasoning.budget == -1
        thinking["type"] = "adaptive" if adaptive else "enabled" if reasoning.enabled else "disabled"
    if reasoning.budget is not None and reasoning.budget != -1:
        thinking["budget_tokens"] = reasoning.budget
    if reasoning.shown is not None:
        thinking["display"] = "summarized" if reasoning.shown else "omitted"
    if thinking or reasoning.extra:
        written["thinking"] = unite(thinking, reasoning.extra)
    if reasoning.effort:
        written["output_config"] = {"effort": reasoning.effort}
    return written


def write_thinking(conversation: Conversation, claude: Claude, blocks: BlockWriter, body: JSON) -> None:
    """Add to a body what another dialect says of thinking; `max_tokens` is there already."""
    reasoning = conversation.reasoning
    if reasoning is None:
        return
    if reasoning.summary not in {"", "auto"}:
        blocks.drop("reasoning", "summary")
    if _is_off(reasoning):
        body["thinking"] = {"type": "disabled"}
    elif not (reasoning.enabled or reasoning.effort or reasoning.budget is not None):
        return
    elif claude.budget:
        _write_budget(conversation, reasoning, blocks, body)
    else:
        _write_effort(reasoning, blocks, body)
    if reasoning.shown is not None and body.get("thinking", {}).get("type") in {"enabled", "adaptive"}:
        body["thinking"]["display"] = "summarized" if reasoning.shown else "omitted"


def _is_off(reasoning: Reasoning) -> bool:
    return reasoning.enabled is False or reasoning.effort == "none" or reasoning.budget == 0


def _write_effort(reasoning: Reasoning, blocks: BlockWriter, body: JSON) -> None:
    body["thinking"] = {"type": "adaptive"}
    effort = reasoning.effort
    if reasoning.budget is not None and reasoning.budget > 0:
        effort = effort or effort_of(reasoning.budget)
        effort = "low" if effort == "minimal" else effort
        blocks.degrade("reasoning", f"effort {effort} stands for {reasoning.budget} tokens", "budget")
    elif effort and effort not in _EFFORTS:
        blocks.degrade("effort", f"low stands for {effort}" if effort == "minimal" else f"medium stands for {effort}")
        effort = "low" if effort == "minimal" else "medium"
    if effort:
        body.setdefault("output_config", {})["effort"] = effort


def _write_budget(conversation: Conversation, reasoning: Reasoning, blocks: BlockWriter, body: JSON) -> None:
    wanted = reasoning.budget if reasoning.budget is not None and reasoning.budget > 0 else None
    budget = max(wanted or budget_of(reasoning.effort), LEAST)
    if conversation.most_output is None:
        body["max_tokens"] += budget
    budget = min(budget, body["max_tokens"] - 1)
    if budget < LEAST:
        blocks.degrade("reasoning", f"no thinking, for which {body['max_tokens']} tokens of output are too few")
        return
    if _lacks_thoughts(conversation):
        blocks.degrade("reasoning", "no thinking, as the thoughts before the last call of a tool are not known")
        return
    if budget != wanted:
        blocks.degrade("reasoning" if wanted else "effort", f"{budget} tokens stand for {wanted or reasoning.effort}")
    body["thinking"] = {"type": "enabled", "budget_tokens": budget}


def _lacks_thoughts(conversation: Conversation) -> bool:
    """Whether the model is in the midst of using tools, and what it thought before cannot be shown to it.

    With a budget, it must be.
    """
    for turn in reversed(conversation.turns):
        if turn.role == "user":
            return False
        if turn.role == "assistant":
            return _calls(turn.parts) and not any(type(part) is Thought and is_own(part) for part in turn.parts)
    return False


def _calls(parts: list[Part]) -> bool:
    return any(type(part) is ToolCall for part in parts)
