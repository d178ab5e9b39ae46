"""A server that is not there for one worker is left alone by all of them, and by none once it is well."""

import asyncio

import pytest

from tests.mcp.servers import ModernServer
from tests.mcp.stage import LocalBus, gateway
from trigate.core.clock import clock
from trigate.mcp import rumour
from trigate.mcp.care_settings import BreakerSettings
from trigate.mcp.rumour import SERVICE, Rumour, encode
from trigate.mcp.settings import Server

CALL = {"name": "git__echo", "arguments": {"text": "a"}}


def played() -> ModernServer:
    return ModernServer(settings=Server(url="http://git/mcp", retries=0, breaker=BreakerSettings(failures=2)))


def told(bus: LocalBus) -> list[float]:
    """For how long, in each rumour."""
    return [rumour._decode(opening).seconds for service, opening in bus.told if service == SERVICE]


async def hear(bus: LocalBus, opening: bytes) -> None:
    stream = await bus.open(SERVICE, opening)
    assert await stream.receive() is None


async def test_others_are_told_once_that_it_rests_and_that_it_is_well(monkeypatch: pytest.MonkeyPatch):
    server = played()
    async with gateway({"git": server}) as gate:
        bus = gate.surroundings.bus
        assert isinstance(bus, LocalBus)
        assert "result" in (await gate.modern("tools/call", CALL)).json
        server.down = True
        for _ in range(6):
            await gate.modern("tools/call", CALL)
        await asyncio.sleep(0)
        assert told(bus) == [10.0]
        later = clock.monotonic() + 11
        monkeypatch.setattr(clock, "monotonic", lambda: later)
        server.down = False
        assert "result" in (await gate.modern("tools/call", CALL)).json
        await asyncio.sleep(0)
        assert told(bus) == [10.0, 0.0]


async def test_what_another_worker_tells_holds_here():
    server = played()
    async with gateway({"git": server}) as gate:
        bus = gate.surroundings.bus
        assert isinstance(bus, LocalBus)
        assert "result" in (await gate.modern("tools/call", CALL)).json
        await hear(bus, encode(Rumour("git", 1e9)))
        count = len(server.seen)
        error = (await gate.modern("tools/call", CALL)).json["error"]
        assert error["data"]["code"] == "mcp.server_resting"
        assert len(server.seen) == count
        assert gate.lane._upstreams["git"].care.breaker.opens <= clock.monotonic() + 10
        await hear(bus, encode(Rumour("git", 0.0)))
        assert "result" in (await gate.modern("tools/call", CALL)).json
        for opening in (encode(Rumour("other", 5.0)), b"\xff"):
            await hear(bus, opening)
        assert "result" in (await gate.modern("tools/call", CALL)).json
        assert told(bus) == []


async def test_a_server_that_comes_and_goes_is_not_told_of_all_the_time(monkeypatch: pytest.MonkeyPatch):
    now = clock.monotonic()
    monkeypatch.setattr(clock, "monotonic", lambda: now)
    bus = LocalBus()
    teller = rumour._Teller(bus, "git")
    for number in range(100):
        teller.tell(float(number))
    await asyncio.sleep(0)
    assert told(bus) == [0.0]
