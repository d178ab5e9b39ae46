"""A stream of events that is no chat, on its way: bytes verbatim, cut at event borders, usage read in passing."""

import re
from collections.abc import Callable

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.event_stream import BORDER, last_border, read_event
from trigate.llm.reply import Tally

_TERMINAL = re.compile(rb'"type"\s*:\s*"[a-z_.]+\.(?:completed|done)"|^data:\s*\[DONE\]', re.MULTILINE).search
"""The event that ends a piece of work: an image, a transcript, a speech."""
_FAILED = re.compile(rb'"type"\s*:\s*"error"|data:\s*{\s*"error"\s*:\s*[^n\s]').search


class EventPassing:
    """Fed with what comes from upstream, gives what the caller gets; see `Passing`.

    Several events may each end a piece of work, so the newest of them is kept back until another comes, or the end.
    """

    __slots__ = ("_held", "_limit", "_pending", "_tally_in", "failed", "last", "tally")

    def __init__(self, limit: int, tally_in: Callable[[bytes], Tally | None]) -> None:
        """`limit`: most bytes of an event; `tally_in` reads the usage out of the data of one."""
        self._limit = limit
        self._tally_in = tally_in
        self._pending = bytearray()
        self._held = b""
        self.last = b""
        self.tally: Tally | None = None
        self.failed = False

    def feed(self, data: bytes) -> bytes:
        """The complete events now at hand, but for one that may be the last; raises UpstreamProtocolError."""
        pending = self._pending
        start = max(0, len(pending) - 2)
        pending += data
        end = last_border(pending, start)
        block = bytes(pending[:end])
        del pending[:end]
        if len(pending) > self._limit:
            raise UpstreamProtocolError(f"the provider sent an event of more than {self._limit} bytes")
        if not block:
            return b""
        passed, self._held = self._held, b""
        return passed + self._look(block)

    def finish(self) -> bytes:
        """The upstream has ended cleanly: what is still to be passed on before `last`."""
        block = self.feed(b"\n\n") if self._pending.strip() else b""
        if not self.failed:
            self.last = self._held
        return block

    def spoken(self) -> int:
        """Nobody can tell: what these streams say is no text."""
        return 0

    def _look(self, block: bytes) -> bytes:
        """Read what each event of a block tells; the block without its last event, if that ends a piece of work."""
        start = 0
        for border in BORDER.finditer(block):
            event = block[start : border.end()]
            if event.find(b'"usage"') >= 0 and (told := read_event(event)) is not None:
                self._count(self._tally_in(told.data))
            self.failed = _FAILED(event) is not None
            if not block[border.end() :].strip() and _TERMINAL(event):
                self._held = event
                return block[:start]
            start = border.end()
        return block

    def _count(self, tally: Tally | None) -> None:
        if tally is not None:
            self.tally = tally if self.tally is None else _sum(self.tally, tally)


def _sum(one: Tally, other: Tally) -> Tally:
    """Each piece of work tells its own."""
    units = {name: (one.units or {}).get(name, 0) + count for name, count in (other.units or {}).items()}
    return Tally(
        input=one.input + other.input,
        cache_read=one.cache_read + other.cache_read,
        output=one.output + other.output,
        audio_input=one.audio_input + other.audio_input,
        audio_output=one.audio_output + other.audio_output,
        image_input=one.image_input + other.image_input,
        units=units or one.units,
    )
