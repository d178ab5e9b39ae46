"""A provider's stream into events of the middle form."""

from collections.abc import Callable
from typing import ClassVar

import msgspec

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.conversation import Part, Text, Thought, ToolCall
from trigate.llm.dialects.anthropic_messages.block_reader import read_block
from trigate.llm.dialects.anthropic_messages.citation import read_citation
from trigate.llm.dialects.anthropic_messages.failure import read_error, status_of
from trigate.llm.dialects.anthropic_messages.home import JSON, MAKER
from trigate.llm.dialects.anthropic_messages.stop import read_stop
from trigate.llm.dialects.anthropic_messages.stream_event import DeltaMembers, StreamEvent, read_stream_event
from trigate.llm.dialects.anthropic_messages.usage import Usage, later
from trigate.llm.event_stream import EventReader
from trigate.llm.node import Node, blame_provider
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
)
from trigate.llm.signature import read_carried

_encode = msgspec.json.Encoder().encode
_Found = list[Event]


class _Block:
    """A block that has begun and not ended."""

    __slots__ = ("index", "part", "spoken", "whole")

    def __init__(self, index: int, part: Part, whole: str) -> None:
        self.index = index
        self.part = part
        self.whole = whole
        """A tool's arguments as far as the block's beginning told them."""
        self.spoken = False


class AnthropicStreamReader:
    """Reads one stream."""

    __slots__ = ("_begun", "_blocks", "_done", "_events", "_next", "_stopped", "_usage")

    def __init__(self, limit: int) -> None:
        """`limit`: most bytes of an event."""
        self._events = EventReader(limit)
        self._blocks: dict[int, _Block] = {}
        self._next = 0
        self._usage: Usage | None = None
        self._begun = False
        self._stopped = False
        """It was said why the answer ended."""
        self._done = False

    def feed(self, data: bytes) -> list[Event]:
        """The events that are complete now; raises UpstreamProtocolError."""
        found: _Found = []
        for each in self._events.feed(data):
            self._read(each.data, found)
        return found

    def finish(self) -> list[Event]:
        """The bytes have ended cleanly: what is still to be said, with `End` if the answer is complete."""
        found: _Found = []
        for each in self._events.finish():
            self._read(each.data, found)
        if self._stopped and not self._done:
            self._done = True
            found.append(End())
        return found

    def _read(self, data: bytes, found: _Found) -> None:
        if self._done:
            return
        event = read_stream_event(data)
        if event is None or event.type == "ping":
            return
        if event.type == "error":
            self._done = True
            message, code = read_error({"error": event.error})
            found.append(Failure(message=message or "the provider gave up", code=code, status=status_of(code)))
            return
        if not self._begun:
            self._begin(event, found)
        self._readers[event.type](self, event, found)

    def _begin(self, event: StreamEvent, found: _Found) -> None:
        self._begun = True
        begin = Begin()
        if event.message is not None:
            begin.id, begin.model, self._usage = event.message.id, event.message.model, event.message.usage
            begin.tally = self._usage.tally() if self._usage is not None else None
        found.append(begin)

    def _nothing(self, event: StreamEvent, found: _Found) -> None:
        """`message_start`, which has been read."""

    def _block_start(self, event: StreamEvent, found: _Found) -> None:
        if event.content_block is None or event.index < 0 or event.index in self._blocks:
            raise UpstreamProtocolError("the provider began a block that makes no sense")
        part = read_block(Node(event.content_block, blame_provider, "content_block"))
        block = _Block(self._next, part, _arguments(part))
        self._blocks[event.index] = block
        self._next += 1
        _tell(block, found)

    def _block_delta(self, event: StreamEvent, found: _Found) -> None:
        block, delta = self._blocks.get(event.index), event.delta
        if block is None or delta is None:
            raise UpstreamProtocolError("the provider went on with a block that it had not begun")
        text = _text_of(delta)
        if text is not None:
            if text:
                block.spoken = True
                found.append(Delta(index=block.index, text=text))
        elif delta.signature is not None:
            _sign(block.index, delta.signature, found)
        elif delta.citation is not None:
            _cite(block.index, delta.citation, found)

    def _block_stop(self, event: StreamEvent, found: _Found) -> None:
        block = self._blocks.pop(event.index, None)
        if block is None:
            raise UpstreamProtocolError("the provider ended a block that it had not begun")
        _end(block, found)

    def _message_delta(self, event: StreamEvent, found: _Found) -> None:
        if event.usage is not None:
            self._usage = later(self._usage, event.usage)
            tally = self._usage.tally()
            if tally is not None:
                found.append(Count(tally=tally))
        delta = event.delta
        if delta is None or delta.stop_reason is None or self._stopped:
            return
        self._stopped = True
        for block in self._blocks.values():
            _end(block, found)
        self._blocks.clear()
        found.append(ChoiceEnd(stop=read_stop(delta.stop_reason), sequence=delta.stop_sequence or ""))

    def _message_stop(self, event: StreamEvent, found: _Found) -> None:
        if not self._stopped:
            raise UpstreamProtocolError("the provider ended an answer without saying why")
        self._done = True
        found.append(End())

    _readers: ClassVar[dict[str, Callable[["AnthropicStreamReader", StreamEvent, _Found], None]]] = {
        "message_start": _nothing,
        "content_block_start": _block_start,
        "content_block_delta": _block_delta,
        "content_block_stop": _block_stop,
        "message_delta": _message_delta,
        "message_stop": _message_stop,
    }


def _text_of(delta: DeltaMembers) -> str | None:
    if delta.type == "text_delta":
        return delta.text
    if delta.type == "input_json_delta":
        return delta.partial_json
    return delta.thinking if delta.type == "thinking_delta" else None


def _arguments(part: Part) -> str:
    """What a tool's call has as its arguments if nothing more is said of them."""
    return part.arguments if isinstance(part, ToolCall) else ""


def _tell(block: _Block, found: _Found) -> None:
    """A part begins empty; what its block said already follows."""
    part, index = block.part, block.index
    found.append(PartBegin(index=index, part=part))
    if isinstance(part, Text):
        text, part.text = part.text, ""
        cited, part.citations = part.citations, []
        found += [Delta(index=index, text=text)] if text else []
        found += [Cite(index=index, citation=each) for each in cited]
    elif isinstance(part, Thought):
        text, part.text = part.text, ""
        signature, maker, part.signature, part.maker = part.signature, part.maker, "", ""
        found += [Delta(index=index, text=text)] if text else []
        found += [Signature(index=index, signature=signature, maker=maker)] if signature else []
    elif isinstance(part, ToolCall):
        part.arguments = ""
        part.form = {}


def _end(block: _Block, found: _Found) -> None:
    """A tool's arguments are never left unsaid: clients read `{}`, and not an empty text."""
    if block.whole and not block.spoken:
        found.append(Delta(index=block.index, text=block.whole))
    found.append(PartEnd(index=block.index))


def _sign(index: int, written: str, found: _Found) -> None:
    signature, maker = read_carried(written, MAKER)
    if signature:
        found.append(Signature(index=index, signature=signature, maker=maker))


def _cite(index: int, citation: JSON, found: _Found) -> None:
    found.append(Cite(index=index, citation=read_citation(Node(citation, blame_provider, "citation"))))
