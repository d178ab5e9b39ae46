"""Events of the middle form as a stream for the caller: one block after the other."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import msgspec

from trigate.llm.conversation import Citation, Conversation, Opaque, Part, Refusal, Text, Thought, ToolCall
from trigate.llm.dialects.anthropic_messages.citation import is_own, translate_citation, write_citation
from trigate.llm.dialects.anthropic_messages.failure import envelope, kind_of
from trigate.llm.dialects.anthropic_messages.home import JSON, MAKER, NAME
from trigate.llm.dialects.anthropic_messages.reply_writer import begin_message, write_ending
from trigate.llm.dialects.anthropic_messages.tool_signature import write_tool_signature
from trigate.llm.dialects.anthropic_messages.usage import write_message_usage, write_usage
from trigate.llm.event_stream import write_event
from trigate.llm.fresh import fresh_id
from trigate.llm.reply import (
    Begin,
    Choice,
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
from trigate.llm.signature import carry

_encode = msgspec.json.Encoder().encode
_DELTA = b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,"delta":%b}}\n\n'
_TEXT = b'{"type":"text_delta","text":%b'
_THINKING = b'{"type":"thinking_delta","thinking":%b'
_JSON = b'{"type":"input_json_delta","partial_json":%b'
_BEFORE, _AFTER = '{"input":"', '"}'
"""What stands around a plain text, of which the arguments of some tools consist elsewhere."""
_STOP = b'event: content_block_stop\ndata: {"type":"content_block_stop","index":%d}\n\n'
_END = b'event: message_stop\ndata: {"type":"message_stop"}\n\n'


class AnthropicStreamWriter:
    """Writes one stream."""

    __slots__ = ("_begun", "_calls", "_choice", "_model", "_next", "_open", "_tally", "_waiting")

    def __init__(self, conversation: Conversation) -> None:
        """`conversation`: what the caller asked."""
        self._model = conversation.model
        self._begun = False
        self._calls = False
        self._next = 0
        """The index of the next block."""
        self._open: _Block | None = None
        self._waiting: dict[int, list[Event]] = {}
        """What came of parts that began before the open block ended."""
        self._choice = Choice(parts=[], stop="other")
        self._tally: Tally | None = None

    def write(self, events: Sequence[Event]) -> bytes:
        """The bytes for some events; empty if they say nothing in this dialect yet."""
        out: list[bytes] = []
        for event in events:
            if getattr(event, "choice", 0) == 0:
                if type(event) is not Failure:
                    self._begin(event, out)
                self._write(event, out)
        return b"".join(out)

    def _begin(self, event: Event, out: list[bytes]) -> None:
        if self._begun:
            return
        self._begun = True
        begin = event if isinstance(event, Begin) else Begin()
        message = begin_message(begin.id, begin.model or self._model)
        message["usage"] = write_message_usage(begin.tally)
        self._tally = begin.tally
        out.append(write_event(_encode({"type": "message_start", "message": message}), "message_start"))

    def _write(self, event: Event, out: list[bytes]) -> None:
        index: int = getattr(event, "index", -1)
        if index < 0:
            self._writers[type(event)](self, event, out)
        else:
            self._tell(index, event, out)
            self._catch_up(out)

    def _tell(self, index: int, event: Event, out: list[bytes]) -> None:
        """One block at a time: what comes of others waits until it ends."""
        if self._open is None:
            if isinstance(event, PartBegin):
                self._start(event, out)
        elif index == self._open.part_index:
            self._go_on(self._open, event, out)
        else:
            self._waiting.setdefault(index, []).append(event)

    def _catch_up(self, out: list[bytes]) -> None:
        """Tell what waited, in the order in which it began, up to a part that goes on."""
        while self._open is None and self._waiting:
            index = next(iter(self._waiting))
            for event in self._waiting.pop(index):
                self._tell(index, event, out)

    def _start(self, event: PartBegin, out: list[bytes]) -> None:
        self._open = _Block(event.index, event.part)
        self._calls = self._calls or isinstance(event.part, ToolCall)
        self._next += self._open.start(self._next, out)
        if isinstance(event.part, Thought | ToolCall) and event.part.signature:
            signed = Signature(index=event.index, signature=event.part.signature, maker=event.part.maker)
            self._go_on(self._open, signed, out)

    def _go_on(self, block: "_Block", event: Event, out: list[bytes]) -> None:
        if isinstance(event, Delta):
            block.say(event.text, out)
        elif isinstance(event, Signature):
            self._next += block.sign(event, self._next, out)
        elif isinstance(event, Cite):
            block.cite(event.citation, out)
        elif isinstance(event, PartEnd):
            self._stop(block, out)

    def _stop(self, block: "_Block", out: list[bytes]) -> None:
        self._next += block.stop(self._next, out)
        self._open = None

    def _choice_end(self, event: ChoiceEnd, out: list[bytes]) -> None:
        while self._open is not None:
            self._stop(self._open, out)
            self._catch_up(out)
        self._choice.stop, self._choice.sequence = event.stop, event.sequence

    def _count(self, event: Count, out: list[bytes]) -> None:
        self._tally = event.tally

    def _nothing(self, event: Event, out: list[bytes]) -> None:
        """`Begin`, which has been written."""

    def _fail(self, event: Failure, out: list[bytes]) -> None:
        out.append(write_event(envelope(kind_of(event.status), event.message), "error"))

    def _end(self, event: End, out: list[bytes]) -> None:
        ending = write_ending(self._choice, calls=self._calls)
        body = {"type": "message_delta", "delta": ending, "usage": write_usage(self._tally)}
        out += [write_event(_encode(body), "message_delta"), _END]

    _writers: ClassVar[dict[type, Callable[["AnthropicStreamWriter", Any, list[bytes]], None]]] = {
        Begin: _nothing,
        ChoiceEnd: _choice_end,
        Count: _count,
        Failure: _fail,
        End: _end,
    }


class _Block:
    """The block that is told at the moment."""

    __slots__ = ("_begin", "_custom", "_frame", "_identifier", "_index", "_late", "part_index")

    def __init__(self, part_index: int, part: Part) -> None:
        self.part_index = part_index
        self._identifier = (part.id or fresh_id("toolu_")) if isinstance(part, ToolCall) else ""
        self._begin = _beginning(part, self._identifier)
        """How the block begins; None if it cannot be told at all, or not yet."""
        self._frame = _frame(part)
        self._custom = isinstance(part, ToolCall) and part.custom
        self._late: list[JSON] = []
        """Blocks that follow this one."""
        self._index = -1

    def start(self, index: int, out: list[bytes]) -> int:
        """Begin, if that can be told; how many blocks have begun."""
        if self._begin is None:
            return 0
        self._index = index
        event = {"type": "content_block_start", "index": index, "content_block": self._begin}
        out.append(write_event(_encode(event), "content_block_start"))
        if self._custom:
            out.append(_DELTA % (index, _JSON % _encode(_BEFORE)))
        return 1

    def say(self, text: str, out: list[bytes]) -> None:
        """More of what the part says."""
        if self._index >= 0 and self._frame and text:
            said = _encode(text)[1:-1].decode() if self._custom else text
            out.append(_DELTA % (self._index, self._frame % _encode(said)))

    def sign(self, event: Signature, index: int, out: list[bytes]) -> int:
        """The signature; how many blocks have begun with it."""
        if self._identifier:
            self._late.append(write_tool_signature(self._identifier, event.signature, event.maker))
            return 0
        written = carry(event.signature, event.maker, MAKER)
        if self._begin is None:
            self._begin = {"type": "redacted_thinking", "data": written}
            return self.start(index, out)
        delta = _encode({"type": "signature_delta", "signature": written})
        out.append(_DELTA % (self._index, delta[:-1]))
        return 0

    def cite(self, citation: Citation, out: list[bytes]) -> None:
        """A source of the text."""
        written = write_citation(citation) if is_own(citation) else translate_citation(citation)
        if self._index >= 0 and written is not None:
            out.append(_DELTA % (self._index, _encode({"type": "citations_delta", "citation": written})[:-1]))

    def stop(self, index: int, out: list[bytes]) -> int:
        """End; how many blocks have begun after it."""
        if self._custom:
            out.append(_DELTA % (self._index, _JSON % _encode(_AFTER)))
        if self._index >= 0:
            out.append(_STOP % self._index)
        for place, block in enumerate(self._late, index):
            event = {"type": "content_block_start", "index": place, "content_block": block}
            out += [write_event(_encode(event), "content_block_start"), _STOP % place]
        return len(self._late)


def _beginning(part: Part, identifier: str) -> JSON | None:
    if isinstance(part, Text | Refusal):
        return {"type": "text", "text": ""}
    if isinstance(part, ToolCall):
        return {"type": "tool_use", "id": identifier, "name": part.name, "input": {}}
    if isinstance(part, Thought):
        return None if part.redacted else {"type": "thinking", "thinking": "", "signature": ""}
    return part.value if isinstance(part, Opaque) and part.dialect == NAME else None


def _frame(part: Part) -> bytes:
    """What each piece is told in."""
    if isinstance(part, Text | Refusal):
        return _TEXT
    if isinstance(part, Thought):
        return _THINKING
    return _JSON if isinstance(part, ToolCall | Opaque) else b""
