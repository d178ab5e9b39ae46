"""A provider's stream of Responses, understood."""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Raw

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.conversation import Part, Refusal, Text, Thought, ToolCall
from trigate.llm.dialects.openai_responses.annotation import read_annotation
from trigate.llm.dialects.openai_responses.output_reader import read_item
from trigate.llm.dialects.openai_responses.refused import read_error
from trigate.llm.dialects.openai_responses.reply_reader import stop_of, tier_of
from trigate.llm.dialects.openai_responses.shape import list_of, object_of, text_of
from trigate.llm.dialects.openai_responses.stream_event import (
    Said,
    WholeResponse,
    read_object,
    read_response,
    read_said,
)
from trigate.llm.dialects.openai_responses.thought import MAKER
from trigate.llm.dialects.openai_responses.usage import with_items
from trigate.llm.event_stream import EventReader, ServerEvent
from trigate.llm.node import blame_provider
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

_STATUS = {"rate_limit_exceeded": 429, "invalid_prompt": 400, "context_length_exceeded": 400, "insufficient_quota": 429}
"""HTTP status by the code of a failure; any other is the server's."""


class _Item:
    """What is known of an item of the output."""

    __slots__ = ("call", "done", "id", "kind", "last", "pieces", "said")

    def __init__(self, kind: str, id: str) -> None:
        self.kind = kind
        self.id = id
        self.pieces: dict[tuple[str, int], int] = {}
        """Places of its open parts, by the kind of piece and its place in the item."""
        self.last: int | None = None
        """The thought that stays open for the signature."""
        self.call: int | None = None
        """The part of a call."""
        self.said = 0
        """Characters of text, of thoughts or of arguments."""
        self.done = False


class ResponsesReader:
    """Reads one stream."""

    __slots__ = ("_begun", "_ended", "_events", "_items", "_next", "_notable", "_out", "_unfinished")

    def __init__(self, limit: int) -> None:
        self._events = EventReader(limit)
        self._items: dict[int, _Item] = {}
        self._next = 0
        self._begun = False
        self._ended = False
        self._notable: list[Part] = []
        """Parts that tell why the answer ended."""
        self._unfinished: dict[int, None] = {}
        """Parts that are open, in their order."""
        self._out: list[Event] = []

    def feed(self, data: bytes) -> list[Event]:
        """The events that are complete now; raises UpstreamProtocolError."""
        self._out = []
        for event in self._events.feed(data):
            if not self._ended:
                self._read(event)
        return self._out

    def finish(self) -> list[Event]:
        """What is still to be said; half an event says nothing."""
        self._out = []
        for event in [] if self._ended else self._events.finish():
            try:
                self._read(event)
            except UpstreamProtocolError:
                break
        return self._out

    def _read(self, event: ServerEvent) -> None:
        if event.data == b"[DONE]":
            return
        try:
            said = read_said(event.data)
            named = bool(said.type)
            said.type = said.type or event.event
            reader = _READERS.get(said.type)
            if reader is not None:
                reader(self, said)
            elif said.error and not named:
                self._error(said)
        except (msgspec.DecodeError, RecursionError) as error:
            raise UpstreamProtocolError(f"the provider sent an event that cannot be understood: {error}") from error

    def _begin(self, said: Said) -> None:
        if self._begun:
            return
        response = read_response(said.response) or WholeResponse()
        self._begun = True
        self._out.append(Begin(id=response.id, model=response.model, created=_seconds(response.created_at)))

    def _open(self, part: Part) -> int:
        """A part begins."""
        if not self._begun:
            self._begun = True
            self._out.append(Begin())
        if isinstance(part, ToolCall | Refusal):
            self._notable.append(part)
        index = self._next
        self._next += 1
        self._unfinished[index] = None
        self._out.append(PartBegin(index=index, part=part))
        return index

    def _close(self, index: int | None) -> None:
        if index in self._unfinished:
            del self._unfinished[index]
            self._out.append(PartEnd(index=index))

    def _item(self, said: Said) -> _Item:
        """The item that an event is about, also if it was never announced."""
        item = self._items.get(said.output_index)
        if item is None:
            item = self._items[said.output_index] = _Item("", "")
        return item

    def _added(self, said: Said) -> None:
        value = _object(said.item)
        item = self._items[said.output_index] = _Item(text_of(value.get("type")), text_of(value.get("id")))
        if item.kind in _CALLS:
            call = read_item({**value, _CALLS[item.kind]: ""}, blame_provider, "item")[0]
            item.call = self._open(call)

    def _piece_added(self, said: Said) -> None:
        kind = text_of(object_of(said.part).get("type"))
        if kind in _PIECES:
            self._piece(said, kind)

    def _piece(self, said: Said, kind: str) -> int:
        """The part of a piece; it begins with the first that is heard of it."""
        item = self._item(said)
        place = kind, said.summary_index if kind == "summary_text" else said.content_index
        index = item.pieces.get(place)
        if index is not None:
            return index
        if kind in ("summary_text", "reasoning_text"):
            self._close(item.last)
            index = item.last = self._open(Thought(id=item.id, maker=MAKER, summarised=kind == "summary_text"))
        else:
            index = self._open(Refusal(text="") if kind == "refusal" else Text(text=""))
        item.pieces[place] = index
        return index

    def _say(self, said: Said) -> None:
        index = self._piece(said, _DELTAS[said.type])
        tokens = list_of(said.logprobs)
        self._more(said, index, {"content": tokens} if tokens else None)

    def _argue(self, said: Said) -> None:
        call = self._item(said).call
        if call is not None:
            self._more(said, call, None)

    def _more(self, said: Said, index: int, tokens: Any) -> None:
        text = text_of(said.delta)
        if not text or index not in self._unfinished:
            return
        self._item(said).said += len(text)
        self._out.append(Delta(index=index, text=text, logprobs=tokens))

    def _annotated(self, said: Said) -> None:
        if said.annotation is not None:
            index = self._piece(said, "output_text")
            citation = read_annotation(said.annotation, blame_provider, "annotation")
            if index in self._unfinished:
                self._out.append(Cite(index=index, citation=citation))

    def _piece_done(self, said: Said) -> None:
        """A text ends; a thought stays open, as its signature comes with the whole item."""
        item = self._item(said)
        for kind in ("output_text", "refusal"):
            self._close(item.pieces.pop((kind, said.content_index), None))

    def _done(self, said: Said) -> None:
        self._complete(said.output_index, _object(said.item))

    def _complete(self, place: int, value: dict[str, Any]) -> None:
        """An item ends; what was not told piece by piece is told now."""
        item = self._items.get(place) or _Item("", "")
        self._items[place] = item
        if item.done:
            return
        item.done = True
        if item.call is not None:
            self._end_call(item, value)
        elif item.last is not None:
            self._sign(item.last, text_of(value.get("encrypted_content")))
            self._close(item.last)
        elif item.pieces or item.said:
            self._end_pieces(item)
        else:
            self._whole(value)

    def _end_call(self, item: _Item, value: dict[str, Any]) -> None:
        arguments = text_of(value.get(_CALLS.get(item.kind, "arguments")))
        if not item.said and arguments and item.call in self._unfinished:
            self._out.append(Delta(index=item.call, text=arguments))
        self._close(item.call)

    def _end_pieces(self, item: _Item) -> None:
        for index in item.pieces.values():
            self._close(index)
        item.pieces.clear()

    def _sign(self, index: int, sealed: str) -> None:
        signature, maker = read_carried(sealed, MAKER)
        if signature and index in self._unfinished:
            self._out.append(Signature(index=index, signature=signature, maker=maker))

    def _whole(self, value: dict[str, Any]) -> None:
        for part in read_item(value, blame_provider, "item"):
            self._tell(part)

    def _tell(self, part: Part) -> None:
        """A part that comes at once."""
        if isinstance(part, Text | Refusal):
            text, part.text = part.text, ""
        elif isinstance(part, ToolCall):
            text, part.arguments = part.arguments, ""
        elif isinstance(part, Thought):
            text, part.text = part.text, ""
        else:
            text = ""
        index = self._open(part)
        if text:
            self._out.append(Delta(index=index, text=text))
        for each in part.citations if isinstance(part, Text) else ():
            self._out.append(Cite(index=index, citation=each))
        self._close(index)

    def _finished(self, said: Said) -> None:
        response = read_response(said.response) or WholeResponse()
        self._begin(said)
        for place, each in enumerate(response.output or []):
            self._complete(place, _object(each))
        for index in list(self._unfinished):
            self._close(index)
        details = response.incomplete_details
        status = "incomplete" if said.type == "response.incomplete" else "completed"
        stop = stop_of(status, (details.reason if details is not None else None) or "", self._notable)
        self._out.append(ChoiceEnd(stop=stop))
        tally = response.usage.tally(tier_of(response.service_tier)) if response.usage is not None else None
        if tally is not None:
            self._out.append(Count(tally=with_items(tally, [_object(each) for each in response.output or []])))
        self._out.append(End())
        self._ended = True

    def _failed(self, said: Said) -> None:
        response = read_response(said.response) or WholeResponse()
        self._fail(*read_error(response.error))

    def _error(self, said: Said) -> None:
        message, code = read_error(said.error) if said.error else ("", "")
        self._fail(message or text_of(said.message), code or text_of(said.code))

    def _fail(self, message: str, code: str) -> None:
        self._ended = True
        status = _STATUS.get(code, 500)
        self._out.append(
            Failure(message=message or "the provider failed, and does not say why", code=code, status=status)
        )


def _object(raw: Raw) -> dict[str, Any]:
    return read_object(raw) or {}


def _seconds(value: float) -> int:
    return int(min(max(value, 0), 2**53))


_CALLS = {"function_call": "arguments", "custom_tool_call": "input"}
"""The member of a call that is told piece by piece, by the kind of item."""
_PIECES = frozenset({"output_text", "refusal", "reasoning_text", "summary_text"})
_DELTAS = {
    "response.output_text.delta": "output_text",
    "response.refusal.delta": "refusal",
    "response.reasoning_text.delta": "reasoning_text",
    "response.reasoning_summary_text.delta": "summary_text",
}
"""The kind of piece that there is more of."""
_READERS: dict[str, Callable[[ResponsesReader, Said], None]] = {
    "response.created": ResponsesReader._begin,  # pyright: ignore[reportPrivateUsage]
    "response.queued": ResponsesReader._begin,  # pyright: ignore[reportPrivateUsage]
    "response.in_progress": ResponsesReader._begin,  # pyright: ignore[reportPrivateUsage]
    "response.output_item.added": ResponsesReader._added,  # pyright: ignore[reportPrivateUsage]
    "response.output_item.done": ResponsesReader._done,  # pyright: ignore[reportPrivateUsage]
    "response.content_part.added": ResponsesReader._piece_added,  # pyright: ignore[reportPrivateUsage]
    "response.content_part.done": ResponsesReader._piece_done,  # pyright: ignore[reportPrivateUsage]
    "response.reasoning_summary_part.added": ResponsesReader._piece_added,  # pyright: ignore[reportPrivateUsage]
    "response.output_text.annotation.added": ResponsesReader._annotated,  # pyright: ignore[reportPrivateUsage]
    "response.function_call_arguments.delta": ResponsesReader._argue,  # pyright: ignore[reportPrivateUsage]
    "response.custom_tool_call_input.delta": ResponsesReader._argue,  # pyright: ignore[reportPrivateUsage]
    "response.completed": ResponsesReader._finished,  # pyright: ignore[reportPrivateUsage]
    "response.incomplete": ResponsesReader._finished,  # pyright: ignore[reportPrivateUsage]
    "response.failed": ResponsesReader._failed,  # pyright: ignore[reportPrivateUsage]
    "error": ResponsesReader._error,  # pyright: ignore[reportPrivateUsage]
    **dict.fromkeys(_DELTAS, ResponsesReader._say),  # pyright: ignore[reportPrivateUsage]
}
