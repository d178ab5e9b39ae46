"""How much of what a provider allows a minute is left, as far as one worker knows."""

from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.demand import Demand
from trigate.core.parts import Part
from trigate.core.stream import Sink
from trigate.core.usage import Usage
from trigate.llm.extent import MediaBounds
from trigate.llm.goal import Goal
from trigate.llm.operation import Ask

MINUTE = 60.0


class Room:
    """Counts requests and tokens of a sliding minute: this one, and as much of the one before as still lies in it."""

    __slots__ = ("_before", "_now", "_requests", "_start", "_tokens")

    def __init__(self, requests: int | None, tokens: int | None) -> None:
        self._requests = requests
        self._tokens = tokens
        self._start = clock.monotonic()
        self._now = [0, 0]
        self._before = [0, 0]

    def drain(self) -> None:
        """Nothing to end."""

    def add(self, requests: int, tokens: int) -> None:
        """Count."""
        self._turn(clock.monotonic())
        self._now[0] += requests
        self._now[1] += tokens

    def left(self, tokens: int = 0) -> float:
        """The part of the allowance that an ask of so many tokens leaves, of requests or tokens whichever is less; 1
        where nothing is bounded, below 0 for what does not fit."""
        now = clock.monotonic()
        self._turn(now)
        past = 1 - (now - self._start) / MINUTE
        asked = (1, tokens)
        parts = [
            1 - (self._now[at] + past * self._before[at] + asked[at]) / most
            for at, most in enumerate((self._requests, self._tokens))
            if most is not None
        ]
        return min(parts, default=1.0)

    def _turn(self, now: float) -> None:
        minutes = int((now - self._start) // MINUTE)
        if minutes:
            self._before = self._now if minutes == 1 else [0, 0]
            self._now = [0, 0]
            self._start += minutes * MINUTE


class CountedTarget:
    """A target whose room shrinks with each attempt: by what is likely while it is under way, then by what it was."""

    __slots__ = ("_media", "_room", "_target", "name")

    def __init__(self, target: Goal, room: Room, media: MediaBounds) -> None:
        self._target = target
        self._media = media
        self._room = room
        self.name = target.name

    def demand(self, ask: Ask) -> Demand:
        """That of the target."""
        return self._target.demand(ask)

    async def forward(self, call: Call, ask: Ask, sink: Sink) -> Part:
        """Let the target answer."""
        likely = ask.extent(self._media).likely
        before = _tokens(call.usage)
        self._room.add(1, likely)
        try:
            return await self._target.forward(call, ask, sink)
        finally:
            self._room.add(0, _tokens(call.usage) - before - likely)


def _tokens(usage: Usage) -> int:
    read = usage.cache_read_tokens + usage.cache_write_tokens + usage.cache_write_long_tokens
    return usage.input_tokens + read + usage.output_tokens + usage.reasoning_tokens
