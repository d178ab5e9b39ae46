"""A worker's way to the list of what providers keep for callers; the control process has it."""

from typing import Literal, Protocol

import msgspec
from msgspec import Struct

from trigate.core.bus import Bus, consult
from trigate.core.errors import StoreUnavailable
from trigate.store.holding import Holding

SERVICE = "llm.resource"
"""Its name on the bus."""

Act = Literal["put", "find", "list", "note", "settle", "drop"]


class Page(Struct, frozen=True):
    """Which part of a list is wanted."""

    limit: int
    cursor: str = ""
    """The id behind which it begins; empty for the beginning."""
    ascending: bool = False
    """Oldest first."""


class Order(Struct, frozen=True):
    """What is to be done."""

    act: Act
    holding: Holding
    page: Page | None = None


class Told(Struct, frozen=True):
    """What came of it."""

    done: bool = False
    holdings: tuple[Holding, ...] = ()
    problem: str = ""


encode = msgspec.msgpack.encode
read_order = msgspec.msgpack.Decoder(Order).decode
_read_told = msgspec.msgpack.Decoder(Told).decode


class Ledger(Protocol):
    """Whoever keeps such a list; every method raises StoreUnavailable."""

    async def put(self, holding: Holding) -> None: ...
    async def find(self, id: str, owner: str) -> Holding | None: ...
    async def list(self, kind: str, owner: str, page: Page) -> tuple[Holding, ...]: ...
    async def note(self, id: str, owner: str, body: bytes) -> bool: ...
    async def settle(self, id: str, owner: str) -> bool: ...
    async def drop(self, id: str, owner: str) -> bool: ...


class Register:
    """Asks the control process; every method raises StoreUnavailable while that cannot be done."""

    __slots__ = ("_bus",)

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def put(self, holding: Holding) -> None:
        """Keep a new one."""
        await self._ask(Order("put", holding))

    async def find(self, id: str, owner: str) -> Holding | None:
        """The owner's one of this id."""
        told = await self._ask(Order("find", _named(id, owner)))
        return told.holdings[0] if told.holdings else None

    async def list(self, kind: str, owner: str, page: Page) -> tuple[Holding, ...]:
        """The owner's of this kind."""
        return (await self._ask(Order("list", _named("", owner, kind), page))).holdings

    async def note(self, id: str, owner: str, body: bytes) -> bool:
        """Know something else of it from now on; whether it is there."""
        return (await self._ask(Order("note", _named(id, owner, body=body)))).done

    async def settle(self, id: str, owner: str) -> bool:
        """Count its cost: true for one caller of this alone."""
        return (await self._ask(Order("settle", _named(id, owner)))).done

    async def drop(self, id: str, owner: str) -> bool:
        """Forget it; whether it was there."""
        return (await self._ask(Order("drop", _named(id, owner)))).done

    async def _ask(self, order: Order) -> Told:
        message = await consult(self._bus, SERVICE, encode(order))
        if message is None:
            raise StoreUnavailable("what is kept for you cannot be looked up at the moment; try again")
        told = _read_told(message)
        if told.problem:
            raise StoreUnavailable(told.problem)
        return told


def _named(id: str, owner: str, kind: str = "", body: bytes = b"") -> Holding:
    return Holding(id=id, kind=kind, owner=owner, body=body)
