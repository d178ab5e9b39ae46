"""ConverseStream, read into events."""

from typing import Any

import msgspec
from msgspec import Struct

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.conversation import Image, Media, Part, Text, Thought, ToolCall
from trigate.llm.dialects.bedrock_converse.citation import read_citation
from trigate.llm.dialects.bedrock_converse.failure import status_of
from trigate.llm.dialects.bedrock_converse.form import read_form
from trigate.llm.dialects.bedrock_converse.frame import Frame, FrameReader
from trigate.llm.dialects.bedrock_converse.seal import MAKER, unseal, unseal_redacted
from trigate.llm.dialects.bedrock_converse.stop import read_stop
from trigate.llm.dialects.bedrock_converse.tally import decode_tally
from trigate.llm.fresh import fresh_id
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


class _ToolUse(Struct, rename="camel"):
    tool_use_id: str = ""
    name: str = ""
    type: str | None = None


class _Image(Struct):
    format: str = ""


class _Begun(Struct, rename="camel"):
    tool_use: _ToolUse | None = None
    tool_result: Any = None
    image: _Image | None = None


class _BlockStart(Struct, rename="camel"):
    start: _Begun
    content_block_index: int


class _Input(Struct):
    input: str = ""


class _Reasoning(Struct, rename="camel"):
    text: str | None = None
    signature: str | None = None
    redacted_content: str | None = None


class _Delta(Struct, rename="camel"):
    text: str | None = None
    tool_use: _Input | None = None
    reasoning_content: _Reasoning | None = None
    citation: Any = None
    image: Any = None


class _BlockDelta(Struct, rename="camel"):
    delta: _Delta
    content_block_index: int


class _BlockStop(Struct, rename="camel"):
    content_block_index: int


class _MessageStop(Struct, rename="camel"):
    stop_reason: str


class _Exception(Struct):
    message: str | None = None


_start = msgspec.json.Decoder(_BlockStart).decode
_delta = msgspec.json.Decoder(_BlockDelta).decode
_stop = msgspec.json.Decoder(_BlockStop).decode
_end = msgspec.json.Decoder(_MessageStop).decode
_exception = msgspec.json.Decoder(_Exception).decode


class ConverseReader:
    """Of one stream. It is complete with its usage, which follows the reason why it ended."""

    __slots__ = ("_begun", "_block", "_ended", "_events", "_frames", "_index", "_open", "_over", "_picture", "_skipped")

    def __init__(self, limit: int) -> None:
        self._frames = FrameReader(limit)
        self._events: list[Event] = []
        self._open: type[Part] | None = None
        self._block = -1
        self._index = -1
        self._picture = ""
        self._skipped = False
        """The block is of a tool that the provider runs itself."""
        self._begun = self._ended = self._over = False

    def feed(self, data: bytes) -> list[Event]:
        """The events that are complete now; raises UpstreamProtocolError."""
        for frame in self._frames.feed(data):
            if not self._over:
                self._take(frame)
        return self._drain()

    def finish(self) -> list[Event]:
        """What is still to be said; with `End` if the answer is complete but for its usage."""
        if not self._frames.empty and not self._over:
            raise UpstreamProtocolError("the provider's stream ended in the middle of an event")
        if self._ended and not self._over:
            self._events.append(End())
        return self._drain()

    def _drain(self) -> list[Event]:
        found = self._events[:]
        self._events.clear()
        return found

    def _take(self, frame: Frame) -> None:
        if frame.headers.get(":message-type", "event") != "event":
            self._fail(frame)
            return
        try:
            self._understand(frame.headers.get(":event-type", ""), frame.payload)
        except (msgspec.DecodeError, RecursionError) as error:
            raise UpstreamProtocolError("the provider's stream cannot be understood") from error

    def _understand(self, event: str, payload: bytes) -> None:
        if event == "metadata":
            self._count(payload)
        elif self._ended:
            pass  # nothing but the usage follows the reason why it ended
        elif event == "contentBlockDelta":
            self._more(_delta(payload))
        elif event == "contentBlockStart":
            self._start(_start(payload))
        elif event == "contentBlockStop":
            if _stop(payload).content_block_index == self._block:
                self._close()
        elif event == "messageStart":
            self._begin_message()
        elif event == "messageStop":
            self._begin_message()
            self._close()
            self._ended = True
            self._events.append(ChoiceEnd(stop=read_stop(_end(payload).stop_reason)))

    def _count(self, payload: bytes) -> None:
        tally = decode_tally(payload)
        if tally is not None:
            self._events.append(Count(tally=tally))
        if self._ended:
            self._over = True
            self._events.append(End())

    def _start(self, event: _BlockStart) -> None:
        self._close()
        self._block = event.content_block_index
        use, image = event.start.tool_use, event.start.image
        if use is not None and use.type is None:
            self._begin(ToolCall(id=use.tool_use_id, name=use.name, arguments=""))
        elif image is not None:
            self._picture = image.format
        elif use is not None or event.start.tool_result is not None:
            self._skipped = True

    def _more(self, event: _BlockDelta) -> None:
        if event.content_block_index != self._block:
            self._close()
            self._block = event.content_block_index
        delta = event.delta
        if self._skipped:
            return
        if delta.text is not None:
            self._say(Text, delta.text)
        elif delta.tool_use is not None:
            self._argue(delta.tool_use.input)
        elif delta.reasoning_content is not None:
            self._think(delta.reasoning_content)
        elif delta.citation is not None:
            self._cite(delta.citation)
        elif delta.image is not None:
            self._show(delta.image)

    def _say(self, kind: type[Text] | type[Thought], text: str) -> None:
        if self._open is not kind:
            self._begin(kind(text=""))
        if text:
            self._events.append(Delta(index=self._index, text=text))

    def _argue(self, piece: str) -> None:
        if self._open is not ToolCall:
            raise UpstreamProtocolError("the provider sent arguments of a call that never began")
        if piece:
            self._events.append(Delta(index=self._index, text=piece))

    def _think(self, reasoning: _Reasoning) -> None:
        if reasoning.redacted_content is not None:
            content, maker = unseal_redacted(reasoning.redacted_content)
            self._begin(Thought(signature=content, maker=maker, redacted=True))
            self._open = None
            self._events.append(PartEnd(index=self._index))
            return
        if reasoning.text is not None:
            self._say(Thought, reasoning.text)
        if reasoning.signature:
            self._say(Thought, "")
            signature, maker = unseal(reasoning.signature)
            self._events.append(Signature(index=self._index, signature=signature, maker=maker or MAKER))

    def _cite(self, citation: Any) -> None:
        if self._open is not Text:
            self._begin(Text(text=""))
        self._events.append(Cite(index=self._index, citation=read_citation(Node(citation, blame_provider))))

    def _show(self, image: Any) -> None:
        source = Node(image, blame_provider).node("source")
        data = source.text("bytes") if source is not None else ""
        if data:
            self._begin(Image(media=Media(data=data, mime=read_form("image", self._picture))))

    def _begin_message(self) -> None:
        """The first event; that of a provider may be missing, or come late."""
        if not self._begun:
            self._begun = True
            self._events.append(Begin(id=fresh_id("msg_")))

    def _begin(self, part: Part) -> None:
        self._begin_message()
        self._end_part()
        self._index += 1
        self._open = type(part)
        self._events.append(PartBegin(index=self._index, part=part))

    def _end_part(self) -> None:
        if self._open is not None:
            self._open = None
            self._events.append(PartEnd(index=self._index))

    def _close(self) -> None:
        """The block is over."""
        self._end_part()
        self._block = -1
        self._skipped = False

    def _fail(self, frame: Frame) -> None:
        self._over = True
        code = frame.headers.get(":exception-type") or frame.headers.get(":error-code", "")
        try:
            message = _exception(frame.payload).message
        except (msgspec.DecodeError, RecursionError):
            message = None
        message = message or frame.headers.get(":error-message") or "the provider failed"
        self._events.append(Failure(message=message, code=code, status=status_of(code)))
