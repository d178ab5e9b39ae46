"""A provider's stream of chunks, read into events."""

from typing import Any, cast

import msgspec

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.dialects.openai_chat.choice_reader import ChoiceReader
from trigate.llm.dialects.openai_chat.chunk import Chunk, decode_chunk, read_usage
from trigate.llm.dialects.openai_chat.tally import tally_of
from trigate.llm.event_stream import EventReader, ServerEvent
from trigate.llm.provider_error import tell_error
from trigate.llm.reply import Begin, Count, End, Event, Failure

_MOST_CHOICES = 1024


class ChatStreamReader:
    """Parts follow one another within a choice; a piece of one that is over begins another."""

    __slots__ = ("_begun", "_choices", "_events", "_over")

    def __init__(self, limit: int) -> None:
        self._events = EventReader(limit)
        self._choices: dict[int, ChoiceReader] = {}
        self._begun = False
        self._over = False

    def feed(self, data: bytes) -> list[Event]:
        """The events that are complete now."""
        return self._read(self._events.feed(data))

    def finish(self) -> list[Event]:
        """Some servers leave out `[DONE]`; then the answer is complete if every choice is."""
        events = self._read(self._events.finish())
        if not self._over and self._choices and all(each.ended for each in self._choices.values()):
            events += self._end()
        return events

    def _read(self, server_events: list[ServerEvent]) -> list[Event]:
        events: list[Event] = []
        for each in server_events:
            if self._over:
                break
            if each.data.strip() == b"[DONE]":
                events += self._end()
            else:
                self._read_chunk(each.data, events)
        return events

    def _read_chunk(self, data: bytes, events: list[Event]) -> None:
        try:
            chunk = decode_chunk(data)
        except (msgspec.DecodeError, RecursionError) as error:
            raise UpstreamProtocolError(f"the provider sent an event that is no chunk: {error}") from None
        error = chunk.error or next((each.error for each in chunk.choices or () if each.error), None)
        if error:
            self._fail(error, events)
            return
        if not self._begun and (chunk.choices or chunk.id):
            self._begun = True
            events.append(Begin(id=chunk.id or "", model=chunk.model or "", created=_moment(chunk)))
        for each in chunk.choices or ():
            self._choice(each.index or 0).read(each, events)
        self._count(chunk, events)

    def _choice(self, index: int) -> ChoiceReader:
        choice = self._choices.get(index)
        if choice is None:
            if not 0 <= index < _MOST_CHOICES:
                raise UpstreamProtocolError(f"the provider tells of choice {index}")
            choice = self._choices[index] = ChoiceReader(index)
        return choice

    def _count(self, chunk: Chunk, events: list[Event]) -> None:
        report = read_usage(chunk)
        tally = tally_of(report) if report is not None else None
        if tally is not None:
            events.append(Count(tally=tally))

    def _fail(self, error: Any, events: list[Event]) -> None:
        self._over = True
        told = tell_error(error)
        events.append(Failure(message=told.message or "the provider gave up", code=told.code, status=_status(error)))

    def _end(self) -> list[Event]:
        """`[DONE]` completes whatever has begun; a stream in which nothing has is none."""
        events: list[Event] = []
        self._over = True
        if self._begun:
            for choice in self._choices.values():
                choice.end("", events)
            events.append(End())
        return events


def _moment(chunk: Chunk) -> int:
    return int(chunk.created) if chunk.created is not None and 0 < chunk.created < 2**53 else 0


def _status(error: Any) -> int:
    for name in ("status", "code", "status_code"):
        value: Any = cast("dict[str, Any]", error).get(name) if isinstance(error, dict) else None
        if isinstance(value, str) and value.isdigit() and len(value) == 3:
            value = int(value)
        if isinstance(value, int) and 400 <= value < 600:
            return value
    return 500
