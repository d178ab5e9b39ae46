"""The control process does what workers ask, in a real store."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from trigate.core.bus import BusStream
from trigate.core.errors import StoreUnavailable
from trigate.llm.resource.register import Page, Register
from trigate.llm.resource.registrar import Registrar
from trigate.store.holding import Holding
from trigate.store.keeper import Keeper
from trigate.store.settings import StoreSettings


class Line:
    """A bus and its stream: what is opened here is served there."""

    own = ""

    def __init__(self, registrar: Registrar) -> None:
        self.registrar = registrar
        self.said: list[bytes] = []

    async def open(self, service: str, opening: bytes = b"", owner: str = "") -> "Line":
        stream: Any = self
        await self.registrar.serve(stream, opening)
        return self

    async def send(self, message: bytes) -> None:
        self.said.append(message)

    async def receive(self) -> bytes | None:
        return self.said.pop(0)

    def close(self) -> None:
        pass


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    keeper = Keeper(StoreSettings(directory=str(tmp_path)), asyncio.get_running_loop())
    yield Line(Registrar(keeper))
    keeper.drain()


def register(line: Line) -> Register:
    bus: Any = line
    return Register(bus)


def held(id: str, owner: str = "team") -> Holding:
    return Holding(id=id, kind="files", owner=owner, body=b"{}")


async def test_what_is_put_is_found_listed_settled_and_dropped(line: Line):
    asked = register(line)
    for id in ("a", "b"):
        await asked.put(held(id))
    await asked.put(held("c", "other"))
    found = await asked.find("a", "team")
    assert found is not None
    assert found.body == b"{}"
    assert await asked.find("a", "other") is None
    assert [each.id for each in await asked.list("files", "team", Page(10))] == ["b", "a"]
    assert [each.id for each in await asked.list("files", "team", Page(10, ascending=True))] == ["a", "b"]
    assert await asked.settle("a", "team")
    assert not await asked.settle("a", "team")
    assert await asked.note("a", "team", b"new")
    assert not await asked.drop("a", "other")
    assert await asked.drop("a", "team")
    assert await asked.find("a", "team") is None


async def test_one_worker_of_many_settles(line: Line):
    asked = register(line)
    await asked.put(held("a"))
    done = [await asked.settle("a", "team") for _ in range(5)]
    assert done == [True, False, False, False, False]


async def test_what_cannot_be_done_is_said(line: Line):
    asked = register(line)
    await asked.put(held("a"))
    with pytest.raises(StoreUnavailable, match="known already"):
        await asked.put(held("a"))


async def test_an_order_that_cannot_be_read_is_answered(line: Line):
    stream: BusStream = line  # type: ignore[assignment]
    await line.registrar.serve(stream, b"\xff")
    assert b"cannot be read" in line.said[0]
