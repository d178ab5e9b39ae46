"""A worker's way to the register, and what is said when there is no way."""

import asyncio
from typing import Any

import pytest

from trigate.core.bus import BusClosed
from trigate.core.errors import StoreUnavailable
from trigate.llm.resource.register import SERVICE, Page, Register, Told, encode, read_order
from trigate.store.holding import Holding

HELD = Holding(id="file-1", kind="openai_files", owner="team", body=b"{}")


class Bus:
    """Answers every order with the same word, or not at all."""

    own = ""

    def __init__(self, told: Told | None) -> None:
        self.told = told
        self.orders: list[Any] = []
        self.closed = 0

    async def open(self, service: str, opening: bytes = b"", owner: str = "") -> "Bus":
        await asyncio.sleep(0)
        assert service == SERVICE
        self.orders.append(read_order(opening))
        return self

    async def receive(self) -> bytes | None:
        return encode(self.told) if self.told is not None else None

    def close(self) -> None:
        self.closed += 1


def register(told: Told | None) -> tuple[Register, Bus]:
    bus = Bus(told)
    nothing: Any = bus
    return Register(nothing), bus


async def test_each_method_says_what_it_wants():
    made, bus = register(Told(done=True, holdings=(HELD,)))
    await made.put(HELD)
    assert await made.find("file-1", "team") == HELD
    assert await made.list("openai_files", "team", Page(2, "file-0", ascending=True)) == (HELD,)
    assert await made.note("file-1", "team", b"new")
    assert await made.settle("file-1", "team")
    assert await made.drop("file-1", "team")
    assert [each.act for each in bus.orders] == ["put", "find", "list", "note", "settle", "drop"]
    assert {each.holding.owner for each in bus.orders} == {"team"}
    assert bus.orders[3].holding.body == b"new"
    assert bus.orders[2].page == Page(2, "file-0", ascending=True)
    assert bus.closed == 6


async def test_what_is_not_there_is_none():
    assert await register(Told())[0].find("file-1", "team") is None


@pytest.mark.parametrize("told", [None, Told(problem="the database is away")])
async def test_who_cannot_be_asked_is_an_error(told: Told | None):
    with pytest.raises(StoreUnavailable):
        await register(told)[0].put(HELD)


async def test_a_bus_that_is_closed_is_an_error():
    class Closed:
        async def open(self, service: str, opening: bytes = b"", owner: str = "") -> None:
            raise BusClosed

    nothing: Any = Closed()
    with pytest.raises(StoreUnavailable):
        await Register(nothing).settle("file-1", "team")
