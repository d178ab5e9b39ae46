"""The middle form as an ask for a provider: its own dialect's as it was, any other's as far as it can be said."""

from trigate.llm.beta import ON_BEDROCK, drop_betas
from trigate.llm.chat_dialect import Manners
from trigate.llm.conversation import Conversation, ToolChoice
from trigate.llm.dialects.anthropic_messages.block_writer import BlockWriter
from trigate.llm.dialects.anthropic_messages.home import JSON, NAME, unite
from trigate.llm.dialects.anthropic_messages.model import Claude, know, version_of
from trigate.llm.dialects.anthropic_messages.output_writer import write_output, write_own_output
from trigate.llm.dialects.anthropic_messages.own_writer import write_own_tool, write_own_turns
from trigate.llm.dialects.anthropic_messages.thinking import write_own_thinking, write_thinking
from trigate.llm.dialects.anthropic_messages.tool_writer import KINDS, write_choice, write_tools
from trigate.llm.dialects.anthropic_messages.turn_writer import TurnWriter
from trigate.llm.loss import Losses
from trigate.llm.word import word

_TIERS = {"auto": "auto", "default": "standard_only", "standard": "standard_only", "standard_only": "standard_only"}
_UNSAID = ("seed", "frequency_penalty", "presence_penalty", "logprobs", "top_logprobs", "cache_key", "metadata")
"""Members of the middle form that this dialect has no word for."""


def write_ask(conversation: Conversation, manners: Manners, losses: Losses) -> JSON:
    """The body for a provider; what it cannot say goes into `losses`."""
    body: JSON = {"model": manners.model}
    if conversation.streamed:
        body["stream"] = True
    most = conversation.most_output
    body["max_tokens"] = manners.most_output if most is None else most
    if conversation.dialect == NAME:
        return _write_own(conversation, body, losses, signed=version_of(manners.model) is not None)
    blocks = BlockWriter(conversation.dialect, losses)
    claude = know(manners)
    turns = TurnWriter(conversation.dialect, blocks, losses, late_system=claude.late_system)
    body |= turns.write(conversation.turns)
    body |= write_tools(conversation, blocks, losses)
    write_thinking(conversation, claude, blocks, body)
    write_choice(conversation, blocks, losses, body)
    write_output(conversation, blocks, losses, body)
    _write_sampling(conversation, claude, blocks, body)
    _write_rest(conversation, blocks, body)
    _report_extra(conversation, losses)
    return body


def _write_own(conversation: Conversation, body: JSON, losses: Losses, *, signed: bool) -> JSON:
    body |= write_own_turns(conversation.turns, losses, signed=signed)
    if conversation.tools:
        body["tools"] = [write_own_tool(each) for each in conversation.tools]
    if conversation.tool_choice is not None:
        body["tool_choice"] = _own_choice(conversation.tool_choice, conversation.parallel)
    if conversation.reasoning is not None:
        body |= write_own_thinking(conversation.reasoning)
    for name in ("temperature", "top_p", "top_k"):
        if getattr(conversation, name) is not None:
            body[name] = getattr(conversation, name)
    if conversation.stop:
        body["stop_sequences"] = conversation.stop
    if conversation.service_tier:
        body["service_tier"] = conversation.service_tier
    if conversation.user:
        body["metadata"] = {"user_id": conversation.user}
    return unite(conversation.form, body, write_own_output(conversation), conversation.extra)


def _own_choice(choice: ToolChoice, parallel: bool | None) -> JSON:
    written: JSON = {"type": KINDS[choice.mode]}
    if choice.mode == "one":
        written["name"] = choice.name
    if parallel is not None:
        written["disable_parallel_tool_use"] = not parallel
    return unite(written, choice.extra)


def _write_sampling(conversation: Conversation, claude: Claude, blocks: BlockWriter, body: JSON) -> None:
    thinks = body.get("thinking", {}).get("type") in {"enabled", "adaptive"}
    given = [name for name in ("temperature", "top_p", "top_k") if getattr(conversation, name) is not None]
    for name in given:
        value = getattr(conversation, name)
        if not claude.sampling:
            blocks.drop(name, why="the model has no sampling parameters")
        elif thinks and not _goes_with_thinking(name, value):
            blocks.drop(name, why="not while the model thinks")
        elif name == "top_p" and claude.one_sampling and "temperature" in body:
            blocks.drop(name, why="the model takes no temperature beside it")
        else:
            body[name] = value
    if body.get("temperature", 0) > 1:
        blocks.degrade("temperature", f"1 stands for {body['temperature']}")
        body["temperature"] = 1


def _goes_with_thinking(name: str, value: float) -> bool:
    """As the documents of extended thinking have it."""
    return value == 1 if name == "temperature" else name == "top_p" and 0.95 <= value <= 1


def _write_rest(conversation: Conversation, blocks: BlockWriter, body: JSON) -> None:
    stop = [each for each in conversation.stop if each.strip()]
    if len(stop) < len(conversation.stop):
        blocks.drop("stop", why="blanks alone do not stop the model")
    if stop:
        body["stop_sequences"] = stop
    if conversation.user:
        body["metadata"] = {"user_id": conversation.user}
    if conversation.service_tier:
        _write_tier(conversation.service_tier, blocks, body)
    if conversation.choices is not None and conversation.choices != 1:
        blocks.drop("choices")
    for name in _UNSAID:
        if getattr(conversation, name):
            blocks.drop(name)


def _write_tier(tier: str, blocks: BlockWriter, body: JSON) -> None:
    written = _TIERS.get(tier) or ("auto" if tier == "priority" else "")
    if not written:
        blocks.drop("service_tier", why=tier)
        return
    body["service_tier"] = written
    if tier == "priority":
        blocks.degrade("service_tier", "auto stands for priority")


def _report_extra(conversation: Conversation, losses: Losses) -> None:
    losses.drop_extra("", conversation.extra)
    if conversation.reasoning is not None:
        losses.drop_extra(word(conversation.dialect, "reasoning"), conversation.reasoning.extra)
    if conversation.dialect != ON_BEDROCK:  # theirs go in a header field
        drop_betas(conversation, losses)
