"""Balances over the bus: what budgets had spent before this process began to count."""

from collections.abc import Awaitable, Callable, Sequence
from weakref import WeakKeyDictionary

import msgspec
from msgspec import Struct

from trigate.core.bus import Bus, BusClosed, BusStream, Service
from trigate.store.counter import Counters

BALANCES = "policy.balances"
"""The control process's service that tells them."""
AT_ONCE = 1000
"""Balances in one message."""


class Balance(Struct, frozen=True, array_like=True):
    """What the ledger says was used up under a budget in one window."""

    cell: str
    start: int
    """Of the window, nanoseconds since the epoch."""
    end: int
    """0 for a window that never ends."""
    amount: int


class Known:
    """Of which budgets some counters have been told the balances."""

    __slots__ = ("tags",)

    def __init__(self) -> None:
        self.tags = frozenset[str]()


_known = WeakKeyDictionary[Counters, Known]()


def known_to(counters: Counters) -> Known:
    """What these counters know, for as long as they live: over a reload they go on with other limits."""
    return _known.setdefault(counters, Known())


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[Balance]).decode


def tell_balances(read: Callable[[], Awaitable[Sequence[Balance]]]) -> Service:
    """The service: `read` gives the balances of all windows that have not ended, every record that was in the spool
    when it was asked included."""

    async def serve(stream: BusStream, _: bytes) -> None:
        balances = await read()
        for begin in range(0, len(balances), AT_ONCE):
            await stream.send(_encode(balances[begin : begin + AT_ONCE]))
        await stream.send(b"[]")

    return serve


async def ask_balances(bus: Bus) -> list[Balance]:
    """All of them; raises BusClosed if the control process is gone, or goes while it tells them."""
    stream = await bus.open(BALANCES)
    found: list[Balance] = []
    try:
        while (message := await stream.receive()) is not None:
            some = _decode(message)
            if not some:
                return found
            found += some
    finally:
        stream.close()
    raise BusClosed("the control process stopped telling balances")
