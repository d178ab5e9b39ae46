"""One wake-up per exchange: whatever it waits for, it waits here."""

import asyncio


class Signal:
    """Set by the caller's side, the upstream's side or a sweep; awaited by the exchange's one task.

    A notification that comes while nobody waits is kept, so that check-then-wait never loses one. Whoever wakes up
    looks at the
    conditions again: a wake-up promises nothing.
    """

    __slots__ = ("_loop", "_set", "_waiter")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiter: asyncio.Future[None] | None = None
        self._set = False

    def notify(self) -> None:
        """Wake the exchange, now or at its next wait."""
        waiter = self._waiter
        if waiter is None:
            self._set = True
        elif not waiter.done():
            waiter.set_result(None)

    async def wait(self) -> None:
        """Return at the next notification, at once if one is kept."""
        if self._set:
            self._set = False
            return
        waiter = self._waiter = self._loop.create_future()
        try:
            await waiter
        finally:
            self._waiter = None
