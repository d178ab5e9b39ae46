"""Events as ConverseStream tells them, for Bedrock's callers."""

from collections.abc import Sequence
from typing import Any

import msgspec

from trigate.core.clock import clock
from trigate.llm.conversation import Conversation, Image, Part, Refusal, Text, Thought, ToolCall
from trigate.llm.dialects.bedrock_converse.block_reader import NAME
from trigate.llm.dialects.bedrock_converse.block_writer import BlockWriter, Written, write_call_signature, write_id
from trigate.llm.dialects.bedrock_converse.citation import write_citation
from trigate.llm.dialects.bedrock_converse.failure import exception_frame
from trigate.llm.dialects.bedrock_converse.form import write_form
from trigate.llm.dialects.bedrock_converse.frame import frame_of, write_headers
from trigate.llm.dialects.bedrock_converse.seal import seal, seal_redacted
from trigate.llm.dialects.bedrock_converse.stop import write_stop
from trigate.llm.dialects.bedrock_converse.tally import write_tally
from trigate.llm.loss import Losses
from trigate.llm.reply import (
    Begin,
    ChoiceEnd,
    Cite,
    Count,
    Delta,
    End,
    Event,
    Failure,
    PartBegin,
    PartEnd,
    Signature,
    Tally,
)

_encode = msgspec.json.encode


_NAMES = ("messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata")
_HEADS = {
    name: write_headers({":event-type": name, ":content-type": "application/json", ":message-type": "event"})
    for name in _NAMES
}
_DELTA = _HEADS["contentBlockDelta"]


def _frame(event: str, payload: dict[str, Any]) -> bytes:
    return frame_of(_HEADS[event], _encode(payload))


class ConverseWriter:
    """Of one stream; of several answers the first."""

    __slots__ = ("_begun", "_blocks", "_custom", "_late", "_open", "_places", "_since", "_tally")

    def __init__(self, conversation: Conversation) -> None:
        self._blocks = BlockWriter(NAME, Losses())
        self._open: dict[int, Part] = {}
        self._places: dict[int, int] = {}
        """Numbers of the blocks, by those of their parts: what Bedrock cannot say has none."""
        self._custom: dict[int, list[str]] = {}
        self._late: dict[int, Written] = {}
        """Blocks that follow parts, by the numbers of these."""
        self._tally: Tally | None = None
        self._since = 0
        self._begun = False

    def write(self, events: Sequence[Event]) -> bytes:
        """What the caller gets for some events."""
        return b"".join([self._write(each) for each in events if getattr(each, "choice", 0) == 0])

    def _write(self, event: Event) -> bytes:
        if isinstance(event, Delta):
            return self._delta(event)
        if isinstance(event, PartBegin):
            return self._part_begin(event)
        if isinstance(event, PartEnd):
            return self._part_end(event)
        if isinstance(event, Signature):
            return self._signature(event)
        return self._write_rare(event)

    def _write_rare(self, event: Event) -> bytes:
        if isinstance(event, Begin):
            return self._begin(event)
        if isinstance(event, Cite):
            return self._say(event.index, {"citation": write_citation(event.citation, own=False)})
        if isinstance(event, Count):
            self._tally = event.tally
        elif isinstance(event, ChoiceEnd):
            return _frame("messageStop", {"stopReason": write_stop(event.stop)})
        elif isinstance(event, Failure):
            return exception_frame(event.message, event.status)
        return self._end() if isinstance(event, End) else b""

    def _begin(self, event: Begin) -> bytes:
        self._since = clock.wall_ns()
        self._tally = event.tally
        return _frame("messageStart", {"role": "assistant"})

    def _end(self) -> bytes:
        passed = max(clock.wall_ns() - self._since, 0) // 10**6
        return _frame("metadata", {"usage": write_tally(self._tally or Tally()), "metrics": {"latencyMs": passed}})

    def _say(self, index: int, delta: dict[str, Any]) -> bytes:
        place = self._places.get(index)
        return b"" if place is None else _frame("contentBlockDelta", {"delta": delta, "contentBlockIndex": place})

    def _delta(self, event: Delta) -> bytes:
        part = self._open.get(event.index)
        if not event.text or part is None:
            return b""
        if event.index in self._custom:
            self._custom[event.index].append(event.text)
            return b""
        if isinstance(part, ToolCall):
            return self._say(event.index, {"toolUse": {"input": event.text}})
        if isinstance(part, Thought):
            return self._say(event.index, {"reasoningContent": {"text": event.text}})
        place = self._places[event.index]
        return frame_of(_DELTA, b'{"delta":{"text":%b},"contentBlockIndex":%d}' % (_encode(event.text), place))

    def _part_begin(self, event: PartBegin) -> bytes:
        part = event.part
        if not isinstance(part, Text | Refusal | Thought | ToolCall | Image):
            return b""
        place = self._places[event.index] = len(self._places)
        self._open[event.index] = part
        if isinstance(part, ToolCall):
            if part.custom:
                self._custom[event.index] = []
            if part.signature:
                self._late[event.index] = write_call_signature(write_id(part.id), part.signature, part.maker)
            use = {"toolUseId": write_id(part.id), "name": part.name}
            return _frame("contentBlockStart", {"start": {"toolUse": use}, "contentBlockIndex": place})
        if isinstance(part, Image):
            return self._image(event.index, part)
        if isinstance(part, Thought) and part.redacted and part.signature:
            redacted = seal_redacted(part.signature, part.maker)
            return self._say(event.index, {"reasoningContent": {"redactedContent": redacted}})
        return b""

    def _image(self, index: int, part: Image) -> bytes:
        form = write_form("image", part.media.mime) or "png"
        start = {"start": {"image": {"format": form}}, "contentBlockIndex": self._places[index]}
        if not part.media.data:
            return _frame("contentBlockStart", start)
        return _frame("contentBlockStart", start) + self._say(index, {"image": {"source": {"bytes": part.media.data}}})

    def _signature(self, event: Signature) -> bytes:
        part = self._open.get(event.index)
        if isinstance(part, ToolCall):
            self._late[event.index] = write_call_signature(write_id(part.id), event.signature, event.maker)
        if not isinstance(part, Thought):
            return b""
        if part.redacted:
            redacted = seal_redacted(event.signature, event.maker)
            return self._say(event.index, {"reasoningContent": {"redactedContent": redacted}})
        return self._say(event.index, {"reasoningContent": {"signature": seal(event.signature, event.maker)}})

    def _part_end(self, event: PartEnd) -> bytes:
        if self._open.pop(event.index, None) is None:
            return b""
        said = b""
        pieces = self._custom.pop(event.index, None)
        if pieces is not None:
            text = _encode({"input": "".join(pieces)}).decode()
            said = self._say(event.index, {"toolUse": {"input": text}})
        said += _frame("contentBlockStop", {"contentBlockIndex": self._places[event.index]})
        block = self._late.pop(event.index, None)
        return said if block is None else said + self._block(-1 - event.index, block)

    def _block(self, index: int, block: Written) -> bytes:
        """A whole block of no part."""
        place = self._places[index] = len(self._places)
        return self._say(index, block) + _frame("contentBlockStop", {"contentBlockIndex": place})
