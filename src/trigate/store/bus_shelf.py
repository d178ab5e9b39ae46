"""A worker's way to a shelf in the store: the control process, which alone speaks to the database, is asked."""

from trigate.core.bus import Bus, BusClosed, BusStream
from trigate.core.clock import clock
from trigate.core.errors import StoreUnavailable
from trigate.core.surroundings import Surroundings
from trigate.store.shelf_order import SERVICE, Act, Done, Order, encode, read_done

REST_SECONDS = 1.0
"""After a loss nobody is asked for this long."""

RESTART_SECONDS = 5.0
"""Whoever has less time does not wait for a control process that is not there."""


class BusShelf:
    """See core.shelf.Shelf; `room` and `largest` in bytes, `timeout` in seconds."""

    def __init__(self, name: str, surroundings: Surroundings, room: int, largest: int, timeout: float) -> None:
        self._name = name
        self._bus = surroundings.bus
        self._loop = surroundings.loop
        self._room = int(room)  # a size of the settings is no plain number, and does not travel
        self._largest = largest
        self._timeout = timeout
        self._lost_until = float("-inf")

    async def get(self, key: str) -> bytes | None:
        """What was put there last."""
        return (await self._ask("get", key)).value

    async def put(self, key: str, value: bytes, seconds: float) -> bool:
        """Keep it; another value of this key is gone in any case."""
        if len(value) > self._largest:
            await self._ask("drop", key)
            return False
        await self._ask("put", key, seconds, value)
        return True

    async def drop(self, key: str) -> bool:
        """Forget it."""
        return (await self._ask("drop", key)).count > 0

    async def clear(self, beginning: str = "") -> int:
        """Forget all whose keys begin so."""
        return (await self._ask("clear", beginning)).count

    def drain(self) -> None:
        """Nothing is held here."""

    async def _ask(self, act: Act, key: str, seconds: float = 0.0, value: bytes | None = None) -> Done:
        if clock.monotonic() < self._lost_until or (self._timeout < RESTART_SECONDS and not _is_reached(self._bus)):
            raise _lost()
        order = encode(Order(act, self._name, key, float(seconds), self._room))
        try:
            done = await self._talk(await self._bus.open(SERVICE, order), value)
        except BusClosed:
            done = None
        if done is None or done.problem:
            self._lost_until = clock.monotonic() + REST_SECONDS
            raise StoreUnavailable(done.problem, retry_after=REST_SECONDS) if done else _lost()
        return done

    async def _talk(self, stream: BusStream, value: bytes | None) -> Done | None:
        impatience = self._loop.call_later(self._timeout, stream.close)
        try:
            if value is not None:
                await stream.send(value)
            message = await stream.receive()
        finally:
            impatience.cancel()
            stream.close()
        return None if message is None else read_done(message)


def _is_reached(bus: Bus) -> bool:
    """Whether the control process is there; true of a bus that cannot tell."""
    return getattr(bus, "reached", True)


def _lost() -> StoreUnavailable:
    return StoreUnavailable("what is kept in the store cannot be had at the moment", retry_after=REST_SECONDS)
