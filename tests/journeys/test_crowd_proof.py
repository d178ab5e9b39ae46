"""Ten thousand keys and a thousand rules: a call costs what it costs where there is one of each."""

import asyncio
import json
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.journeys.conftest import Gateway
from tests.journeys.shop import Shop
from tests.journeys.stage import worker
from tests.patience import PATIENCE
from trigate.core.settings import Secret
from trigate.store.directory import Key, Team
from trigate.store.identity import Actor, Identity
from trigate.store.settings import StoreSettings
from trigate.store.store import Store

Start = Callable[[str], Gateway]
MASTER = "0123456789abcdef" * 4
CALLERS = 32
"""Connections that stay open, each with a key of its own where there are so many."""
DEARER = 1.1


class Size(NamedTuple):
    """Of an installation."""

    keys: int
    rules: int


ONE, SMALL, FULL = Size(1, 1), Size(300, 50), Size(10_000, 1_000)


def filled(folder: Path, size: Size) -> list[str]:
    """The secrets of so many keys in a new store, each of one of as many teams as there are rules."""
    folder.mkdir()
    store = Store(StoreSettings(directory=str(folder), master_key=Secret(MASTER)))

    def fill(identity: Identity) -> list[str]:
        for number in range(size.rules):
            identity.create(Team(name=f"team-{number}"))
        wanted = [
            Key(id="", name=f"key-{number}", prefix="", digest=b"", team=f"team-{number % size.rules}")
            for number in range(size.keys)
        ]
        return [identity.create_key(each)[1] for each in wanted]

    try:
        return store.change(Actor("root"), fill)
    finally:
        store.close()


def ruled(shop: Shop, folder: Path, size: Size) -> str:
    """A rule, a rate and a budget for each team; everybody may ask for one model and not for the other."""
    rules = [{"team": f"team-{n}", "allow": ["llm.* model/m"], "deny": ["llm.* model/x*"]} for n in range(size.rules)]
    limits = [
        {"kind": "rate", "per": "key", "requests": 10**9, "window": "1m"},
        {"kind": "budget", "per": "team", "usd": 10**6, "window": "year"},
    ]
    prices = {"*": {"input": 0, "output": 1000}}
    provider = {"kind": "openai", "base_url": shop.url, "api_key": "provider-key", "prices": prices}
    sections = {
        "inbound": {"listen": "127.0.0.1:<port>"},
        "store": {"directory": str(folder), "master_key": MASTER},
        "policy": {"authenticators": [{"kind": "api_key"}], "access": rules, "limits": limits},
        "llm": {
            "providers": {"shop": provider},
            "models": {"m": {"targets": ["shop/m"]}, "x": {"targets": ["shop/x"]}},
        },
    }
    return "".join(f"{name}: {json.dumps(section)}\n" for name, section in sections.items())


class Customer:
    """Somebody who asks on one connection, one chat after the other."""

    def __init__(self, running: Gateway, given: str) -> None:
        self._running, self._given = running, given

    async def open(self) -> "Customer":
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._running.port)
        return self

    async def ask(self, model: str = "m") -> int:
        """The status of one chat."""
        message = {"role": "user", "content": "answer"}
        body = json.dumps({"model": model, "max_tokens": 1, "messages": [message]}).encode()
        head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\nauthorization: Bearer {self._given}\r\n"
        head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        self._writer.write(head.encode() + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        length = answer.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await self._reader.readexactly(int(length))
        return int(answer[9:12])

    def close(self) -> None:
        self._writer.close()


async def known(customer: Customer) -> None:
    """As soon as the gateway has heard of the key."""
    async with asyncio.timeout(PATIENCE):
        while await customer.ask() != 200:
            await asyncio.sleep(0.05)


class Installation:
    """A running gateway with its keys and rules, and those who ask it."""

    def __init__(self, running: Gateway, secrets: list[str]) -> None:
        self.running = running
        self.customers = [Customer(running, secrets[number * 7919 % len(secrets)]) for number in range(CALLERS)]
        self.costs: list[float] = []
        """CPU microseconds of the worker for a call, one for each round."""

    async def open(self) -> None:
        for each in self.customers:
            await each.open()
            await known(each)
        assert {await each.ask("x") for each in self.customers} == {403}

    async def round(self, calls: int) -> None:
        """So many calls of each customer."""
        before = spent(self.running)
        await asyncio.gather(*(self._repeat(each, calls) for each in self.customers))
        self.costs.append((spent(self.running) - before) / 1000 / (calls * CALLERS))

    async def _repeat(self, customer: Customer, calls: int) -> None:
        for _ in range(calls):
            assert await customer.ask() == 200


def spent(running: Gateway) -> int:
    """Nanoseconds for which the worker was on a processor."""
    return int(Path(f"/proc/{worker(running).pid}/schedstat").read_text().split()[0])


async def compare(start: Start, folder: Path, size: Size, rounds: int, calls: int) -> float:
    """How many times as much a call costs in an installation of that size as in one of each, asked in turn."""
    async with Shop() as shop:
        both: list[Installation] = []
        for number, each in enumerate((ONE, size)):
            place = folder / f"store-{number}"
            secrets = await asyncio.to_thread(filled, place, each)
            both.append(Installation(await asyncio.to_thread(start, ruled(shop, place, each)), secrets))
        for each in both:  # a connection is not kept open for as long as a store is filled
            await each.open()
        for _ in range(rounds):
            for each in both:
                await each.round(calls)
        small, large = (statistics.median(each.costs) for each in both)
        print(f"{size.keys} keys and {size.rules} rules: {large:.0f} µs, one of each: {small:.0f} µs a call, ", end="")
        print(f"{large / small:.2f} times as much")
        for each in both:
            for customer in each.customers:
                customer.close()
        return large / small


async def test_many_keys_and_rules_let_in_whom_they_should(gateway: Start, tmp_path: Path) -> None:
    assert await compare(gateway, tmp_path, SMALL, 2, 3) > 0


@pytest.mark.proof
@pytest.mark.timeout(900)
async def test_ten_thousand_keys_and_a_thousand_rules_cost_no_more_than_one(gateway: Start, tmp_path: Path) -> None:
    assert await compare(gateway, tmp_path, FULL, 25, 20) <= DEARER
