"""A stream of Responses on its way to a caller of Responses: bytes verbatim, usage read from its last event alone."""

import re
from typing import Any

import msgspec
from msgspec import Struct

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.dialects.openai_responses.reply_reader import tier_of
from trigate.llm.dialects.openai_responses.usage import TokenCount, with_searches
from trigate.llm.event_stream import BORDER, last_border, read_event
from trigate.llm.extent import BYTES_PER_TOKEN
from trigate.llm.reply import Tally

_WHOLE = b'"response"'
"""The member of those events that hold the whole response; inside of a text its quotes would be escaped."""
_TERMINAL = frozenset({"response.completed", "response.incomplete", "response.failed"})
_FAILED = re.compile(rb"\"(?:response\.failed|error)\"")
_DELTA = re.compile(rb"\"delta\"\s*:\s*\"((?:[^\"\\]|\\.)*+)\"")


class _Response(Struct):
    usage: TokenCount | None = None
    service_tier: Any = None


class _Terminal(Struct):
    type: str = ""
    response: _Response | None = None


class _Kind(Struct):
    type: str = ""
    error: Any = None


_terminal = msgspec.json.Decoder(_Terminal).decode
_kind = msgspec.json.Decoder(_Kind).decode


class ResponsesPassing:
    """Fed with what comes from the provider, gives what the caller gets."""

    __slots__ = ("_due", "_events", "_limit", "_pending", "_sampled", "_sizes", "_tail", "last", "tally")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pending = bytearray()
        self._tail = b""
        self._events = 0
        self._due = 1
        self._sampled = 0
        self._sizes = 0
        self.tally: Tally | None = None
        self.last = b""

    def feed(self, data: bytes) -> bytes:
        """The complete events now at hand, without the last one; raises UpstreamProtocolError if one is too large."""
        if self._pending or data[-2:] != b"\n\n":
            data = self._complete(data)
            if not data:
                return data
        self._tail = data
        self._events += data.count(b"data:")
        if self._events >= self._due:
            self._sample(data)
        # `find` rather than `in`, which in Python 3.11 first tries to take the bytes for a number.
        if data.find(_WHOLE) >= 0 or self.last:
            return self._inspect(data)
        return data

    def finish(self) -> bytes:
        """The provider has ended cleanly: what is still to be passed on before `last`."""
        rest = bytes(self._pending)
        self._pending.clear()
        if self.last:
            self.last += rest
            return b""
        return self.feed(rest + b"\n\n") if _is_whole(rest) else rest if not rest.strip() else b""

    @property
    def failed(self) -> bool:
        """Whether the provider's latest words were an error of its own."""
        if _FAILED.search(self._tail) is None:
            return False
        return any(_is_failure(each) for each in BORDER.split(self._tail))

    def spoken(self) -> int:
        """Output tokens so far, estimated from some of the events; at least one if anything came."""
        each = self._sizes / self._sampled if self._sampled else 0
        return max(int(each * self._events) // BYTES_PER_TOKEN, min(self._events, 1))

    def _sample(self, block: bytes) -> None:
        """Look into the last event of a block, ever fewer the longer the stream gets."""
        found = _DELTA.search(block, block.rfind(b"data:"))
        self._sampled += 1
        self._sizes += len(found[1]) if found is not None else 0
        self._due = self._events + 1 + self._events // 2

    def _complete(self, data: bytes) -> bytes:
        """Everything up to the last event border; the rest waits."""
        pending = self._pending
        start = max(0, len(pending) - 2)
        pending += data
        end = last_border(pending, start)
        block = bytes(pending[:end])
        del pending[:end]
        if len(pending) > self._limit:
            raise UpstreamProtocolError(f"the provider sent an event of more than {self._limit} bytes")
        return block

    def _inspect(self, block: bytes) -> bytes:
        """Look for the event that ends the stream; what comes from there on is not passed on."""
        if self.last:
            self.last += block
            return b""
        start = 0
        for border in BORDER.finditer(block):
            if self._ends(block[start : border.end()]):
                self.last = block[start:]
                return block[:start]
            start = border.end()
        return block

    def _ends(self, event: bytes) -> bool:
        """Whether an event completes the answer; what it counts is kept, also if it tells of a failure."""
        said = read_event(event) if event.find(_WHOLE) >= 0 else None
        if said is None:
            return False
        try:
            terminal = _terminal(said.data)
        except (msgspec.DecodeError, RecursionError):
            return False
        if terminal.type not in _TERMINAL:
            return False
        response = terminal.response
        if response is not None and response.usage is not None:
            tally = response.usage.tally(tier_of(response.service_tier))
            self.tally = with_searches(tally, said.data, enclosed=True)
        return terminal.type != "response.failed"


def _is_whole(block: bytes) -> bool:
    """Whether an event lacks nothing but the empty line after it."""
    said = read_event(block)
    try:
        return said is not None and type(msgspec.json.decode(said.data)) is dict
    except (msgspec.DecodeError, RecursionError):
        return False


def _is_failure(event: bytes) -> bool:
    said = read_event(event)
    if said is None:
        return False
    try:
        kind = _kind(said.data)
    except (msgspec.DecodeError, RecursionError):
        return False
    return kind.type in ("error", "response.failed") or (not kind.type and bool(kind.error))
