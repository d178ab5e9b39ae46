"""A Gemini stream for a Gemini caller: bytes go through, and what they say of usage and end is seen in passing."""

import re
from typing import Any, cast

import msgspec

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.dialects.gemini_content.tally import QUERIES, decode_tally, with_searches
from trigate.llm.event_stream import BORDER, last_border, read_event
from trigate.llm.extent import BYTES_PER_TOKEN
from trigate.llm.reply import Tally

_FAILED = re.compile(rb"data:\s*{\s*\"error\"\s*:\s*{")
_USAGE = b'"usageMetadata"'
_ENDS = b'"finishReason"', b'"blockReason"'
_decode = msgspec.json.Decoder().decode


class GeminiPassing:
    """Fed with what comes from Google, gives what the caller gets.

    Every event tells the usage so far, so only the latest that does is kept, and decoded when somebody asks. What
    comes after an event that says why the answer ends is held back one event long: the latest may be the last.
    """

    __slots__ = (
        "_counted",
        "_events",
        "_finished",
        "_grounded",
        "_held",
        "_known",
        "_limit",
        "_pending",
        "_sample",
        "_tail",
        "last",
    )

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pending = b""
        self._counted = b""
        self._grounded = b""
        """The latest event that tells of searches of the web."""
        self._known: Tally | None = None
        self._finished = False
        self._held = b""
        self._tail = b""
        self._events = 0
        self._sample: list[tuple[int, bytes]] = []
        self.last = b""

    @property
    def tally(self) -> Tally | None:
        """What the provider counted, once it said so."""
        if self._counted:
            event = read_event(self._counted)
            self._known = decode_tally(event.data) if event is not None else None
            self._counted = b""
            if self._grounded and (event := read_event(self._grounded)) is not None:
                self._known = with_searches(self._known, event.data)
        return self._known

    @property
    def failed(self) -> bool:
        """Whether the provider's latest words were an error of its own."""
        return _FAILED.search(self._tail) is not None

    def feed(self, data: bytes) -> bytes:
        """What may be passed on now; raises UpstreamProtocolError if an event is too large."""
        data = self._pending + data if self._pending else data
        end = last_border(data, 0)
        self._pending = data[end:]
        if len(self._pending) > self._limit:
            raise UpstreamProtocolError(f"the provider sent an event of more than {self._limit} bytes")
        return self._pass(data[:end]) if end else b""

    def finish(self) -> bytes:
        """The bytes have ended cleanly; `last` stays empty if the answer is not complete."""
        rest = b""
        if self._pending.strip() and _is_whole(self._pending):
            rest, self._pending = self._pass(self._pending), b""
        if not self._pending.strip():  # an empty line torn in two
            rest, self._held = (rest, self._held + self._pending) if self._finished else (rest + self._pending, b"")
        if self._finished:
            self.last, self._held = self._held, b""
        return rest

    def spoken(self) -> int:
        """Output tokens so far, estimated from the texts of some of the events."""
        total = before = each = 0
        for place, event in self._sample:
            each = _tokens(event)
            total += each * (place - before)
            before = place
        return max(total + each * (self._events - before), min(self._events, 1))

    def _pass(self, block: bytes) -> bytes:
        self._tail = block
        self._events += block.count(b"data:")
        if self._events >= (self._sample[-1][0] * 3 // 2 + 1 if self._sample else 1):
            self._sample.append((self._events, block[block.rfind(b"data:") :]))
        place = block.rfind(_USAGE)
        if place >= 0:
            self._counted = block[max(block.rfind(b"data:", 0, place), 0) :]
        place = block.rfind(QUERIES)
        if place >= 0:
            border = BORDER.search(block, place)
            self._grounded = block[max(block.rfind(b"data:", 0, place), 0) : border.end() if border else len(block)]
        if not self._finished and not any(block.find(each) >= 0 for each in _ENDS):
            return block
        self._finished = True
        return self._hold(block)

    def _hold(self, block: bytes) -> bytes:
        """All but the last event, which may complete the stream."""
        borders = [each.end() for each in BORDER.finditer(block)]
        start = borders[-2] if len(borders) > 1 and borders[-1] == len(block) else 0
        passed, self._held = self._held + block[:start], block[start:]
        return passed


def _is_whole(data: bytes) -> bool:
    """Whether an event that lacks its last empty line lacks nothing else."""
    event = read_event(data)
    try:
        return event is not None and isinstance(_decode(event.data), dict)
    except (msgspec.DecodeError, RecursionError):
        return False


def _tokens(data: bytes) -> int:
    """Tokens that the texts of an event stand for."""
    event = read_event(data)
    try:
        found: Any = _decode(event.data) if event is not None else None
    except (msgspec.DecodeError, RecursionError):
        return 0
    candidates: Any = cast("dict[str, Any]", found).get("candidates") if isinstance(found, dict) else None
    sizes = [_size(each) for each in cast("list[Any]", candidates)] if isinstance(candidates, list) else []
    return sum(-(-size // BYTES_PER_TOKEN) for size in sizes)


def _size(candidate: Any) -> int:
    """Bytes of what a candidate says in texts and calls."""
    content: Any = cast("dict[str, Any]", candidate).get("content") if isinstance(candidate, dict) else None
    parts: Any = cast("dict[str, Any]", content).get("parts") if isinstance(content, dict) else None
    found = 0
    for part in cast("list[Any]", parts) if isinstance(parts, list) else []:
        if isinstance(part, dict):
            members = cast("dict[str, Any]", part)
            text = members.get("text")
            found += len(text.encode(errors="replace")) if isinstance(text, str) else 0
            found += len(msgspec.json.encode(members["functionCall"])) if "functionCall" in members else 0
    return found
