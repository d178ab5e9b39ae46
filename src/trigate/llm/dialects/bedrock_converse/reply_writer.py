"""A whole answer in Bedrock's words, for its callers."""

from typing import Any

import msgspec

from trigate.llm.conversation import Conversation
from trigate.llm.dialects.bedrock_converse.block_reader import NAME
from trigate.llm.dialects.bedrock_converse.block_writer import BlockWriter
from trigate.llm.dialects.bedrock_converse.stop import write_stop
from trigate.llm.dialects.bedrock_converse.tally import write_tally
from trigate.llm.loss import Losses
from trigate.llm.reply import Choice, Reply, Tally
from trigate.llm.word import word

_TIERS = {"priority": "priority", "flex": "flex", "reserved": "reserved", "default": "default", "standard": "default"}


def write_reply(reply: Reply, conversation: Conversation, losses: Losses) -> bytes:
    """The whole answer."""
    own = reply.dialect == NAME
    choice = reply.choices[0] if reply.choices else Choice(parts=[], stop="other")
    if len(reply.choices) > 1:
        losses.drop(word(reply.dialect, "choice"), "all but the first")
    if choice.logprobs is not None:
        losses.drop(f"{word(reply.dialect, 'choice')}.logprobs")
    message: dict[str, Any] = {"role": "assistant", "content": BlockWriter(reply.dialect, losses).write(choice.parts)}
    body: dict[str, Any] = {"output": {"message": message}, "stopReason": write_stop(choice.stop)}
    body["usage"] = write_tally(reply.tally or Tally())
    body["metrics"] = {"latencyMs": 0}
    tier = _TIERS.get(reply.tally.service_tier, "") if reply.tally is not None else ""
    if tier:
        body["serviceTier"] = {"type": tier}
    if choice.sequence:
        body["additionalModelResponseFields"] = {"stop_sequence": choice.sequence}
    if own:
        extra = dict(choice.extra)
        body["stopReason"] = extra.pop("stopReason", body["stopReason"])
        message |= extra
        body |= reply.extra
    else:
        losses.drop_extra(word(reply.dialect, "choice"), choice.extra)
        losses.drop_extra("", reply.extra)
    return msgspec.json.encode(body)
