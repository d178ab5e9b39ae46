"""A whole answer in Gemini's words, for its callers."""

from typing import Any

import msgspec

from trigate.llm.conversation import Conversation, Part, Text, Thought
from trigate.llm.dialects.gemini_content.ground import GROUNDING, write_grounding
from trigate.llm.dialects.gemini_content.logprob import write_logprobs
from trigate.llm.dialects.gemini_content.part_reader import NAME, SIGNATURE
from trigate.llm.dialects.gemini_content.part_writer import PartWriter, Written
from trigate.llm.dialects.gemini_content.seal import MAKER
from trigate.llm.dialects.gemini_content.stop import write_stop
from trigate.llm.dialects.gemini_content.tally import write_tally
from trigate.llm.loss import Losses
from trigate.llm.reply import Choice, Reply
from trigate.llm.word import word


def write_reply(reply: Reply, conversation: Conversation, losses: Losses) -> bytes:
    """The whole answer."""
    own = reply.dialect == NAME
    body: dict[str, Any] = {
        "candidates": [_candidate(each, place, reply, losses) for place, each in enumerate(reply.choices)]
    }
    if own and "promptFeedback" in reply.extra and not any(each.parts for each in reply.choices):
        body["candidates"] = []
    if reply.tally is not None:
        body["usageMetadata"] = write_tally(reply.tally)
    body["modelVersion"] = reply.model or conversation.model
    body["responseId"] = reply.id
    if own:
        body |= reply.extra
    else:
        losses.drop_extra("", reply.extra)
    return msgspec.json.encode(body)


def _candidate(choice: Choice, place: int, reply: Reply, losses: Losses) -> Written:
    writer = PartWriter(reply.dialect, losses, seals=True)
    parts = write_parts(writer, choice.parts)
    candidate: Written = {
        "content": {"parts": parts, "role": "model"},
        "finishReason": write_stop(choice.stop),
        "index": place,
    }
    grounding = write_grounding([each for each in choice.parts if not _is_seal(each)])
    if grounding:
        candidate[GROUNDING] = grounding
    if choice.logprobs is not None:
        candidate["logprobsResult"] = write_logprobs(choice.logprobs)
    if not writer.own:
        losses.drop_extra(word(reply.dialect, "choice"), choice.extra)
        return candidate
    if GROUNDING in choice.extra:
        grounding |= choice.extra[GROUNDING]
    return candidate | choice.extra | ({GROUNDING: grounding} if grounding else {})


def write_parts(writer: PartWriter, parts: list[Part]) -> list[Written]:
    """The parts of an answer; Google's signature of a text stands in the text's own part."""
    written: list[Written] = []
    for part in parts:
        if _is_seal(part) and isinstance(part, Thought) and written and _is_unsigned(written[-1]):
            written[-1][SIGNATURE] = part.signature
            continue
        each = writer.write(part)
        if each is not None and not (isinstance(part, Text) and not part.text):
            written.append(each)
    return written


def _is_unsigned(part: Written) -> bool:
    return "text" in part and SIGNATURE not in part and "thought" not in part


def _is_seal(part: Part) -> bool:
    return isinstance(part, Thought) and part.redacted and part.maker == MAKER and not part.text
