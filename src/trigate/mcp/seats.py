"""Sessions with a server of the older protocol, beside the gateway's own: by whose they are and what can be asked.

What a client can be asked for is laid down when a session begins (2025-11-25, lifecycle), and what a server keeps for a
session must not be seen by others.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.mcp.fault import ServerFailed
from trigate.mcp.flight import Flight

if TYPE_CHECKING:
    from trigate.mcp.greeting import Greeting

Key = tuple[int, str]
"""What can be asked in a session (bits of mcp/profile.py), and whose it is; `(0, "")` is the gateway's own."""
OWN: Key = (0, "")
_PAUSE = 2.0


class Ways(Struct, frozen=True, eq=False):
    """How sessions are begun and ended; another one after each reload."""

    begin: "Callable[[int], Awaitable[Greeting]]"
    """Says hello as a client that can be asked this; raises UpstreamFailed."""
    part: "Callable[[Greeting], None]"


class Seat(Struct, eq=False):
    """One session, begun or about to be."""

    flight: "Flight[Greeting]"
    used: float
    greeting: "Greeting | None" = None


class Seats:
    """Those with one server."""

    __slots__ = ("_deadlines", "_idle", "_most", "_name", "_seats", "_seconds", "deadline", "ways")

    def __init__(self, name: str, deadlines: Deadlines, most: int, idle: float, seconds: float) -> None:
        """At most `most`, ended when unused for `idle` seconds; to begin one may take `seconds`."""
        self._name = name
        self._deadlines = deadlines
        self._most = most
        self._idle = idle
        self._seconds = seconds
        self._seats: dict[Key, Seat] = {}
        self.ways: Ways | None = None
        self.deadline = clock.monotonic() + idle / 4
        deadlines.add(self)

    def __len__(self) -> int:
        return len(self._seats)

    async def take(self, key: Key) -> "Greeting":
        """The session of this key, begun if there is none; raises UpstreamFailed."""
        seat = self._seats.get(key)
        if seat is None:
            seat = self._seats[key] = self._make(key)
        seat.used = clock.monotonic()
        if seat.greeting is None:
            seat.greeting = await seat.flight.join()
        return seat.greeting

    def lose(self, key: Key, greeting: "Greeting") -> None:
        """The server has forgotten this session."""
        seat = self._seats.get(key)
        if seat is not None and seat.greeting is greeting:
            seat.greeting = None

    def expire(self) -> None:
        """End what nobody has used for long."""
        self.deadline = clock.monotonic() + self._idle / 4
        before = clock.monotonic() - self._idle
        for key, seat in list(self._seats.items()):
            if seat.used < before:
                self._end(key)

    def part(self) -> None:
        """End them all."""
        for key in list(self._seats):
            self._end(key)

    def drain(self) -> None:
        """The server is configured no more, or otherwise."""
        self._deadlines.discard(self)
        self.part()

    def _make(self, key: Key) -> Seat:
        if len(self._seats) >= self._most:
            self._end(min(self._seats, key=lambda each: self._seats[each].used))

        async def work() -> "Greeting":
            if self.ways is None:
                raise ServerFailed("it is no longer configured")
            return await self.ways.begin(key[0])

        flight = Flight(work, self._deadlines, self._seconds, f"mcp {self._name} session", _PAUSE)
        return Seat(flight, clock.monotonic())

    def _end(self, key: Key) -> None:
        seat = self._seats.pop(key)
        if seat.greeting is not None and self.ways is not None:
            self.ways.part(seat.greeting)
