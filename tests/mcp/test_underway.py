"""What is under way is found by its cancellation, in this worker or another."""

from typing import Any

from tests.mcp.stage import LocalBus
from trigate.core.bus import BusClosed
from trigate.mcp.fault import Cancelled
from trigate.mcp.underway import SERVICE, Underway


class Exchange:
    """Remembers why it was stopped."""

    def __init__(self) -> None:
        self.why: list[Any] = []

    def stop(self, why: Any) -> None:
        self.why.append(why)


async def test_a_request_of_this_worker_is_stopped_without_asking_others():
    bus, one = LocalBus(), Exchange()
    underway = Underway(bus)
    underway.begin("token", b"1", one)  # pyright: ignore[reportArgumentType]
    await underway.cancel("token", b"1")
    assert isinstance(one.why[0], Cancelled)
    assert bus.told == []


async def test_a_request_of_another_worker_is_stopped_by_word():
    bus, there, one = LocalBus(), LocalBus(), Exchange()
    underway, other = Underway(bus), Underway(there)
    other.begin("token", b'"a\\u0000"', one)  # pyright: ignore[reportArgumentType]
    await underway.cancel("token", b'"a\\u0000"')
    ((service, opening),) = bus.told
    await (await there.open(service, opening)).receive()
    assert service == SERVICE
    assert isinstance(one.why[0], Cancelled)


async def test_a_later_request_may_take_over_an_id():
    underway, first, second = Underway(LocalBus()), Exchange(), Exchange()
    for each in (first, second):
        underway.begin("token", b"1", each)  # pyright: ignore[reportArgumentType]
    underway.end("token", b"1", first)  # pyright: ignore[reportArgumentType]
    assert underway.tokens() == {"token"}
    await underway.cancel("token", b"1")
    assert (len(first.why), len(second.why)) == (0, 1)
    underway.end("token", b"1", second)  # pyright: ignore[reportArgumentType]
    assert underway.tokens() == set()
    underway.drain()


async def test_without_the_other_processes_nothing_happens():
    class Gone(LocalBus):
        async def tell(self, service: str, opening: bytes) -> None:
            raise BusClosed("gone")

    await Underway(Gone()).cancel("token", b"1")
