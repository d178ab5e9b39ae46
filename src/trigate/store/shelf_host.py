"""The control process's side of shelves in the store: does for workers what they ask, one transaction each."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec

from trigate.core.bus import BusClosed, BusStream
from trigate.core.clock import clock
from trigate.core.errors import GatewayError, StoreUnavailable
from trigate.core.surroundings import Surroundings
from trigate.store.keeper import Keeper
from trigate.store.shelf_order import Done, Order, encode, read_order

if TYPE_CHECKING:
    from trigate.store.store import Store

LOOK_SECONDS = 30.0
"""A shelf that grows is looked through for what does not fit at least this often."""
MOST_WAITING = 1000
"""Orders that wait for the database; whoever comes then is told that it cannot be had."""
LARGEST_WAITING = 64 * 2**20
"""And bytes of values, where more than one waits: a database that hangs must not fill the memory."""
SLACK = 16
"""And whenever this part of its room was written since."""


class ShelfHost:
    """The service (core.bus.Service), a living thing of the control process."""

    def __init__(self, keeper: Keeper, around: Surroundings) -> None:
        self._keeper = keeper
        self._loop = around.loop
        # Threads of their own: what may be forgotten never stands before keys and revocation.
        self._threads = ThreadPoolExecutor(2, "store-shelf")
        self._written: dict[str, tuple[int, float]] = {}
        self._closed = False
        self._waiting = self._bytes = 0

    async def serve(self, stream: BusStream, opening: bytes) -> None:
        """One order."""
        try:
            order = read_order(opening)
            value = await stream.receive() if order.act == "put" else b""
            if value is None:
                return
            done = await self._obey(order, value)
        except msgspec.DecodeError:
            done = Done(problem="the order cannot be read")
        except GatewayError as error:
            done = Done(problem=error.message)
        try:
            await stream.send(encode(done))
        except BusClosed:
            return

    def drain(self) -> None:
        """No configuration uses it any more; what is under way ends by itself."""
        self._closed = True
        self._threads.shutdown(wait=False)

    async def _obey(self, order: Order, value: bytes) -> Done:
        if self._closed:
            raise StoreUnavailable("the store's settings have changed; ask again")
        size = len(value)
        if self._waiting >= MOST_WAITING or (size and self._bytes and self._bytes + size > LARGEST_WAITING):
            raise StoreUnavailable("too much waits for the store already; ask again later")
        trim = order.act == "put" and self._must_trim(order, size)
        self._waiting += 1
        self._bytes += size
        try:
            return await self._loop.run_in_executor(
                self._threads, lambda: _obey(self._keeper.store(), order, value, trim)
            )
        finally:
            self._waiting -= 1
            self._bytes -= size

    def _must_trim(self, order: Order, size: int) -> bool:
        now = clock.monotonic()
        written, since = self._written.get(order.shelf, (order.room, now))
        written += size
        trim = written * SLACK > order.room or now - since > LOOK_SECONDS
        self._written[order.shelf] = (0, now) if trim else (written, since)
        return trim


def _obey(store: "Store", order: Order, value: bytes, trim: bool) -> Done:
    from trigate.store import shelf_row  # noqa: PLC0415 - SQL is loaded in this thread

    now = clock.wall_ns()
    if order.act == "get":
        with store.reading() as connection:
            return Done(shelf_row.find(connection, order.shelf, order.key, now))
    with store.writing() as connection:
        if order.act == "put":
            shelf_row.put(connection, order, value, now)
            if trim:
                shelf_row.trim(connection, order.shelf, order.room, now)
            return Done()
        remove = shelf_row.drop if order.act == "drop" else shelf_row.clear
        return Done(count=remove(connection, order.shelf, order.key))
