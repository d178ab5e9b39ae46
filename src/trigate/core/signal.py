"""One wake-up per exchange: whatever it waits for, it waits here."""

import asyncio
from collections.abc import Awaitable

from msgspec import Struct


class Signal(Struct, eq=False):
    """Set by the caller's side, the upstream's side or a sweep; awaited by the exchange's one task.

    A notification that comes while nobody waits is kept, so that check-then-wait never loses one. Whoever wakes up
    looks at the conditions again: a wake-up promises nothing.
    """

    loop: asyncio.AbstractEventLoop
    waiter: "asyncio.Future[None] | None" = None
    kept: bool = False
    """A notification came that nobody was waiting for."""

    def notify(self) -> None:
        """Wake the exchange, now or at its next wait."""
        waiter = self.waiter
        if waiter is None or waiter.done():
            self.kept = True
        else:
            waiter.set_result(None)

    def resume(self) -> None:
        """Like `notify`; a signal whose exchange can go on at once lets it. Call it last."""
        self.notify()

    def wait(self) -> Awaitable[None]:
        """To be awaited at once: over at the next notification, or already if one is kept."""
        waiter = self.waiter = self.loop.create_future()
        if self.kept:
            self.kept = False
            waiter.set_result(None)
        return waiter
