"""A bounded number of calls at once, and a bounded queue before it: first come, first served."""

import asyncio
from collections import deque

from trigate.mcp.care_settings import Concurrency
from trigate.mcp.fault import ServerBusy


class Turnstile:
    """Of one server, in one worker."""

    __slots__ = ("_queue", "_settings", "inside")

    def __init__(self, settings: Concurrency) -> None:
        self._settings = settings
        self._queue: deque[asyncio.Future[None]] = deque()
        self.inside = 0
        """Calls under way."""

    async def enter(self) -> None:
        """Wait for a place; `leave` must follow. Raises ServerBusy if too many wait already."""
        if self.inside < self._settings.calls:
            self.inside += 1
            return
        if len(self._queue) >= self._settings.waiting:
            raise ServerBusy("too many calls to it are under way, and too many wait already", retry_after=1.0)
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.leave()  # the place was given in the very moment in which nobody wanted it any more
            else:
                self._queue.remove(place)
            raise

    def leave(self) -> None:
        """The place goes to whoever has waited longest."""
        while self._queue:
            place = self._queue.popleft()
            if not place.done():
                place.set_result(None)
                return
        self.inside -= 1
