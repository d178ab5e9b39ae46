"""Counters in Redis: what the oracle says, and what is left when the server is lost, hung, wiped or full."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import pytest
import uvloop
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.patience import PATIENCE
from tests.store import redis_server
from tests.store.counters.machine import machine
from trigate.core.settings import Duration, Secret
from trigate.store.counter import Claim, CountersLost, Law, Refused, Standing, Taken
from trigate.store.counters.redis import Redis
from trigate.store.redis_tally import RedisOptions, RedisTally
from trigate.store.resp import Connection, command

T = TypeVar("T")
NOW = 1_800_000_000_000_000_000
BUDGET = Law("window", 5000)
Make = Callable[..., RedisTally]


@pytest.fixture(scope="module")
def binary() -> None:
    if not (redis_server.find() or redis_server.install()):
        reason = "redis-server is not installed: install it, or run `make test` as root on Debian"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)


@pytest.fixture(scope="module")
def server(binary: None) -> Iterator[redis_server.Server]:
    folder = Path(tempfile.mkdtemp(prefix="trigate-redis"))
    running = redis_server.Server(folder)
    running.start()
    yield running
    running.stop()
    shutil.rmtree(folder)


@pytest.fixture
async def make(server: redis_server.Server) -> AsyncIterator[Make]:
    """Makes gateways' counters that share a name space of their own."""
    prefix, made = uuid4().hex, list[RedisTally]()

    def open_one(**changed: Any) -> RedisTally:
        options = {"prefix": prefix, "timeout": PATIENCE, **changed}
        made.append(RedisTally(asyncio.get_running_loop(), RedisOptions(server.url, **options)))
        return made[-1]

    yield open_one
    for each in made:
        await close(each)


async def close(tally: RedisTally) -> None:
    tally.drain()
    if tally._task:
        async with asyncio.timeout(PATIENCE):
            await tally._task


async def until(holds: Callable[[], Coroutine[Any, Any, bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await holds():
            await asyncio.sleep(0.01)


async def taken(found: Awaitable[Taken | Refused]) -> Taken:
    result = await found
    assert isinstance(result, Taken), result
    return result


class InRedis:
    """Several gateways, asked one after the other."""

    workers = 3

    def __init__(self, url: str) -> None:
        self.loop = asyncio.new_event_loop()
        options = RedisOptions(url, uuid4().hex, timeout=PATIENCE, server_time=False, on_loss="refuse")
        self.tallies = [RedisTally(self.loop, options) for _ in range(self.workers)]

    def run(self, awaitable: Awaitable[T]) -> T:
        async def wait() -> T:
            return await awaitable

        return self.loop.run_until_complete(wait())

    def call(self, function: Callable[[], Any]) -> None:
        async def call() -> None:
            function()
            for tally in self.tallies:  # what one has told, the others see
                while tally._pending and tally._connection:
                    await asyncio.sleep(0)

        self.loop.run_until_complete(call())

    def take(self, worker: int, claims: Sequence[Claim], amounts: Sequence[int], now: int) -> Taken | Refused:
        async def take() -> Taken | Refused:
            return await self.tallies[worker].take(claims, amounts, now)

        return self.run(take())

    def settle(self, worker: int, lease: object, amounts: Sequence[int], now: int) -> None:
        self.call(lambda: self.tallies[worker].settle(lease, amounts, now))

    def extend(self, worker: int, lease: object, now: int) -> None:
        self.call(lambda: self.tallies[worker].extend(lease, now))

    def look(self, worker: int, claims: Sequence[Claim], now: int) -> Sequence[Standing]:
        async def look() -> Sequence[Standing]:
            return await self.tallies[worker].look(claims, now)

        return self.run(look())

    def crash(self, worker: int) -> None: ...

    def close(self) -> None:
        for tally in self.tallies:
            self.run(close(tally))
        self.loop.close()


def test_redis_says_what_the_oracle_says(server: redis_server.Server):
    tried = machine(lambda: InRedis(server.url), mortal=False)
    run_state_machine_as_test(tried, settings=settings(max_examples=15, stateful_step_count=25, deadline=None))


@pytest.mark.proof
@pytest.mark.timeout(3600)
def test_redis_says_what_the_oracle_says_for_long(server: redis_server.Server):
    tried = machine(lambda: InRedis(server.url), mortal=False)
    run_state_machine_as_test(tried, settings=settings(max_examples=3000, stateful_step_count=100, deadline=None))


async def test_a_thousand_claims_on_two_gateways_admit_exactly_fifty(make: Make):
    gateways = [make(), make()]
    asked = [gateways[number % 2].take([Claim("budget", BUDGET)], [100], NOW) for number in range(1000)]
    found = await asyncio.gather(*asked)
    assert sum(isinstance(each, Taken) for each in found) == 50


async def test_who_gives_up_while_the_server_is_asked_holds_nothing(make: Make):
    tally, claim = make(), Claim("budget", BUDGET)
    await tally.look([claim], NOW)

    async def ask() -> None:
        await tally.take([claim], [5000], NOW)

    task = asyncio.ensure_future(ask())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await tally.look([claim], NOW))[0].reserved == 0


async def test_what_is_settled_while_the_server_is_away_is_told_when_it_is_back(
    make: Make, server: redis_server.Server
):
    tally, claim = make(), Claim("budget", BUDGET)
    found = await taken(tally.take([claim], [5000], NOW))
    server.stop()
    tally.settle(found.lease, [1234], NOW)
    server.start()

    async def is_told() -> bool:
        return not tally._pending

    await until(is_told)
    assert (await tally.look([Claim("budget", BUDGET)], NOW))[0].settled == 1234


async def test_a_share_is_given_out_while_the_server_is_lost_and_added_when_it_is_back(
    make: Make, server: redis_server.Server
):
    tally, claim = make(share=Fraction(1, 4)), Claim("budget", BUDGET)
    await taken(tally.take([claim], [0], NOW))
    server.stop()
    found = [await tally.take([claim], [100], NOW) for _ in range(50)]
    leases = [each.lease for each in found if isinstance(each, Taken)]
    assert len(leases) == 12
    for lease in leases:
        tally.settle(lease, [100], NOW)
    server.start()

    async def is_exact() -> bool:
        return not tally._pending and (await tally.look([claim], NOW))[0].settled == 1200

    await until(is_exact)


async def test_a_share_is_one_of_what_was_left_when_the_server_was_lost(make: Make, server: redis_server.Server):
    tally, claim = make(share=Fraction(1, 4)), Claim("budget", BUDGET)
    spent = await taken(tally.take([claim], [4000], NOW))
    tally.settle(spent.lease, [4000], NOW)
    await taken(tally.take([claim], [100], NOW))
    server.stop()
    try:
        found = [await tally.take([claim], [100], NOW) for _ in range(10)]
        assert sum(isinstance(each, Taken) for each in found) == 2  # of 900 that were left
    finally:
        server.start()


async def test_a_share_follows_a_limit_that_was_changed(make: Make, server: redis_server.Server):
    tally = make(share=Fraction(1, 2))
    await taken(tally.take([Claim("budget", BUDGET)], [0], NOW))
    server.stop()
    try:
        assert isinstance(await tally.take([Claim("budget", Law("window", 200))], [150], NOW), Refused)
        assert isinstance(await tally.take([Claim("budget", Law("window", 400))], [150], NOW), Taken)
    finally:
        server.start()


async def test_nothing_is_given_out_without_the_server_if_the_policy_says_so(make: Make, server: redis_server.Server):
    tally, claim = make(on_loss="refuse"), Claim("budget", BUDGET)
    await taken(tally.take([claim], [0], NOW))
    server.stop()
    try:
        with pytest.raises(CountersLost):
            await tally.take([claim], [1], NOW)
    finally:
        server.start()


async def test_a_hung_server_hangs_nobody(make: Make, server: redis_server.Server):
    tally, claim = make(timeout=0.05), Claim("budget", BUDGET)
    await tally.look([claim], NOW)
    server.freeze()
    try:
        async with asyncio.timeout(PATIENCE):
            await taken(tally.take([claim], [1], NOW))
    finally:
        server.thaw()


async def test_a_wiped_server_is_noticed_and_balances_are_restored_once(make: Make, server: redis_server.Server):
    tally, claim = make(), Claim("budget", BUDGET)
    lost = asyncio.Event()
    await taken(tally.take([claim], [10], NOW))
    tally.on_lost_data = lambda: lost.set() or True
    await wipe(server)
    async with asyncio.timeout(PATIENCE):  # the script was wiped, too: until it is there again the share is given out
        while await grants(tally, claim):
            await asyncio.sleep(0.05)
    assert lost.is_set()
    assert not await grants(tally, claim)
    for _ in range(2):
        tally.add([claim], [4000], NOW)
    assert (await tally.look([claim], NOW))[0].settled == 4000


async def test_each_gateway_tells_a_wiped_server_what_it_knows(make: Make, server: redis_server.Server):
    tallies, lost = [make(on_loss="refuse"), make(on_loss="refuse")], [0, 0]
    claims = [Claim("budget", BUDGET) for _ in tallies]
    for number, tally in enumerate(tallies):
        tally.add([claims[number]], [100], NOW)
        assert await grants(tally, claims[number])
        tally.on_lost_data = lambda number=number: bool(lost.__setitem__(number, lost[number] + 1)) or True
    held = (await taken(tallies[1].take([claims[1]], [500], NOW))).lease
    assert lost == [0, 0]
    await wipe(server)
    async with asyncio.timeout(PATIENCE):
        while not lost[0]:
            assert not await grants(tallies[0], claims[0])
            await asyncio.sleep(0.01)
    tallies[0].add([claims[0]], [100], NOW)
    async with asyncio.timeout(PATIENCE):
        while not await grants(tallies[0], claims[0]):
            await asyncio.sleep(0.01)
        while not lost[1]:  # it has more to tell, and grants nothing before
            assert not await grants(tallies[1], claims[1])
            await asyncio.sleep(0.01)
    tallies[1].extend(held, NOW)
    tallies[1].add([claims[1]], [4000], NOW)
    assert await grants(tallies[1], claims[1])
    (standing,) = await tallies[0].look([claims[0]], NOW)
    assert (standing.settled, standing.reserved) == (4000, 500)
    tallies[1].settle(held, [300], NOW)
    (standing,) = await tallies[1].look([claims[1]], NOW)
    assert (standing.settled, standing.reserved) == (4300, 0)


async def grants(tally: RedisTally, claim: Claim) -> bool:
    try:
        found = await taken(tally.take([claim], [1], NOW))
    except CountersLost:
        return False
    tally.settle(found.lease, [0], NOW)
    return True


async def wipe(server: redis_server.Server) -> None:
    await order(server, b"FLUSHALL")
    await order(server, b"SCRIPT FLUSH")


async def order(server: redis_server.Server, words: bytes) -> None:
    connection = Connection(PATIENCE, lambda: None)
    await asyncio.get_running_loop().create_unix_connection(lambda: connection, str(server.socket))
    await connection.ask(command(*words.split()))
    connection.close()


def test_the_fast_event_loop_reaches_the_server_too(server: redis_server.Server):
    async def ask() -> Taken | Refused:
        tally = RedisTally(
            asyncio.get_running_loop(), RedisOptions(server.url, uuid4().hex, on_loss="refuse", timeout=PATIENCE)
        )
        found = await tally.take([Claim("budget", BUDGET)], [1], NOW)
        await close(tally)
        return found

    assert isinstance(uvloop.run(ask()), Taken)


async def test_a_full_server_counts_as_lost_and_nothing_settled_is_forgotten(make: Make, server: redis_server.Server):
    tally, claim = make(), Claim("budget", BUDGET)
    found = await taken(tally.take([claim], [1000], NOW))
    await order(server, b"CONFIG SET maxmemory 1")
    try:
        tally.settle(found.lease, [1000], NOW)
        async with asyncio.timeout(PATIENCE):
            while not isinstance(await tally.take([claim], [600], NOW), Refused):
                await asyncio.sleep(0)  # of half the budget, at most four times
    finally:
        await order(server, b"CONFIG SET maxmemory 0")

    async def is_told() -> bool:
        return not tally._pending

    await until(is_told)
    assert (await tally.look([Claim("budget", BUDGET)], NOW))[0].settled == 1000


async def test_nothing_stays_for_ever(make: Make, server: redis_server.Server):
    tally = make(prefix="ttl")
    laws = [Law("bucket", 5, 10**9), Law("sliding", 5, 10**9), BUDGET, Law("concurrency", 3)]
    found = await taken(tally.take([Claim(law.algorithm, law) for law in laws], [1, 1, 1, 1], NOW))
    tally.settle(found.lease, [1, 1, 1, 1], NOW)
    await tally.look([Claim("budget", BUDGET)], NOW)
    connection = Connection(PATIENCE, lambda: None)
    await asyncio.get_running_loop().create_unix_connection(lambda: connection, str(server.socket))
    keys = await connection.ask(command(b"KEYS", b"{ttl}:*"))
    lives = {key: await connection.ask(command(b"PTTL", key)) for key in keys}
    connection.close()
    assert {key for key, life in lives.items() if life < 0} <= {b"{ttl}:time"}
    assert len(lives) >= 5


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"url": Secret("http://x")}, "url must be"),
        ({"prefix": "a{b}"}, "prefix must not"),
        ({"timeout": Duration(9)}, "timeout must be"),
        ({"share": "2"}, "share must be"),
        ({"share": "half"}, "is not a part"),
        ({"share": "1/0"}, "is not a part"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(changed: dict[str, Any], problem: str):
    with pytest.raises(ValueError, match=problem):
        Redis(**{"url": Secret("redis://localhost"), **changed})


async def test_of_all_who_say_the_same_one_is_the_first(make: Make):
    machines = [make() for _ in range(3)]
    said = await asyncio.gather(*(machines[number % 3].first("a", 60) for number in range(30)))
    assert said.count(True) == 1
    assert await machines[1].first("b", 60)
    assert not await machines[2].first("b", 60)


async def test_what_was_said_is_forgotten_in_time(make: Make):
    one, other = make(), make()
    assert await one.first("a", 0.05)

    async def forgotten() -> bool:
        return await other.first("a", 60)

    await until(forgotten)
    assert not await one.first("a", 60)


async def test_what_was_said_while_the_server_was_lost_is_told_when_it_is_back(binary: None):
    folder = Path(tempfile.mkdtemp(prefix="trigate-redis"))
    running = redis_server.Server(folder)
    running.start()
    options = RedisOptions(running.url, timeout=PATIENCE)
    one, other = (RedisTally(asyncio.get_running_loop(), options) for _ in range(2))
    try:
        assert await one.first("before", 60)
        running.stop()
        assert await one.first("meanwhile", 60)
        running.start()

        async def told() -> bool:
            return other._connection is not None and not one._pending

        await other.first("something", 60)
        await until(told)
        assert not await other.first("meanwhile", 60)
    finally:
        await close(one)
        await close(other)
        running.stop()
        shutil.rmtree(folder)
