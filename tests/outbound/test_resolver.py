"""Looking up names: once at a time, cached, stale at most for a while."""

import asyncio
import ipaddress

import pytest

from tests.outbound.chaos import soon, turns
from trigate.core.clock import clock
from trigate.core.settings import Duration
from trigate.outbound.egress import Address
from trigate.outbound.resolver import FAILURE_SECONDS, MAX_ADDRESSES, MAX_NAMES, Resolver, system_lookup
from trigate.outbound.settings import DnsSettings


class Names:
    """A name server that the test controls."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.found: list[str] = ["192.0.2.1"]
        self.fault: Exception | None = None
        self.gate: asyncio.Event | None = None

    async def __call__(self, host: str) -> list[Address]:
        self.asked.append(host)
        if self.gate is not None:
            await self.gate.wait()
        if self.fault is not None:
            raise self.fault
        return [ipaddress.ip_address(each) for each in self.found]


class Now:
    """A clock that stands still until it is moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds = 1000.0
        monkeypatch.setattr(clock, "monotonic", lambda: self.seconds)


SETTINGS = DnsSettings(ttl=Duration(30), stale=Duration(300))


async def test_many_who_ask_at_once_are_one_question():
    names = Names()
    names.gate = asyncio.Event()
    resolver = Resolver(SETTINGS, names)
    asking = [asyncio.ensure_future(resolver.resolve("a.example")) for _ in range(10)]
    await turns()
    asking[0].cancel()  # whoever leaves does not take the answer away from the others
    await turns()
    names.gate.set()
    results = await soon(asyncio.gather(*asking, return_exceptions=True))
    assert isinstance(results[0], asyncio.CancelledError)
    assert results[1:] == [[ipaddress.ip_address("192.0.2.1")]] * 9
    assert names.asked == ["a.example"]


async def test_an_answer_is_asked_for_again_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch):
    now, names = Now(monkeypatch), Names()
    resolver = Resolver(SETTINGS, names)
    await resolver.resolve("a.example")
    now.seconds += 29
    await resolver.resolve("a.example")
    assert len(names.asked) == 1
    now.seconds += 2
    names.found = ["192.0.2.2"]
    assert await resolver.resolve("a.example") == [ipaddress.ip_address("192.0.2.2")]


async def test_while_looking_up_fails_the_last_answer_serves_up_to_its_bound(monkeypatch: pytest.MonkeyPatch):
    now, names = Now(monkeypatch), Names()
    resolver = Resolver(SETTINGS, names)
    await resolver.resolve("a.example")
    names.fault = OSError(-3, "Temporary failure in name resolution")
    now.seconds += 31
    assert await resolver.resolve("a.example")
    assert await resolver.resolve("a.example")
    assert len(names.asked) == 2  # a failure is remembered for a moment
    now.seconds += 300
    with pytest.raises(OSError, match="Temporary failure"):
        await resolver.resolve("a.example")
    names.fault = None
    now.seconds += FAILURE_SECONDS
    assert await resolver.resolve("a.example")


@pytest.mark.parametrize("fault", [OSError(-2, "Name or service not known"), UnicodeError("label too long")])
async def test_a_name_that_is_not_there_is_an_error(fault: Exception):
    names = Names()
    names.fault = fault
    with pytest.raises(OSError, match=r"."):
        await Resolver(SETTINGS, names).resolve("nowhere.example")


async def test_a_name_without_addresses_is_an_error():
    names = Names()
    names.found = []
    with pytest.raises(OSError, match="no address"):
        await Resolver(SETTINGS, names).resolve("nowhere.example")


async def test_a_thousand_addresses_are_cut_to_a_few_and_names_are_bounded():
    names = Names()
    names.found = [f"192.0.{index // 250}.{index % 250}" for index in range(1000)]
    resolver = Resolver(SETTINGS, names)
    assert len(await resolver.resolve("many.example")) == MAX_ADDRESSES
    names.found = ["192.0.2.1"]
    for index in range(MAX_NAMES + 10):
        await resolver.resolve(f"n{index}.example")
    assert len(resolver._entries) == MAX_NAMES


async def test_an_address_needs_no_name_server():
    names = Names()
    assert await Resolver(SETTINGS, names).resolve("::1") == [ipaddress.ip_address("::1")]
    assert names.asked == []


async def test_the_system_knows_localhost():
    assert ipaddress.ip_address("127.0.0.1") in await soon(system_lookup("localhost"))
