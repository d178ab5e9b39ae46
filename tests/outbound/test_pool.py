"""Pools: one borrower at a time, in order, never more than allowed, nothing lost when borrowers leave."""

import asyncio
import random
from typing import Any

import pytest

from tests.outbound.chaos import Chaos as Upstream
from tests.outbound.chaos import Sweeper, answer, eventually, soon, surroundings_of, turns
from tests.outbound.test_client import Probe
from trigate.core.errors import Overloaded, UpstreamUnreachable
from trigate.core.settings import Duration
from trigate.core.signal import Signal
from trigate.core.surroundings import Surroundings
from trigate.outbound.client import Client
from trigate.outbound.connection import Connection
from trigate.outbound.pool import Pool
from trigate.outbound.settings import OutboundSettings, PoolSettings


def pool_of(surroundings: Surroundings, port: int, **settings: Any) -> Pool:
    made = OutboundSettings(pool=PoolSettings(**settings))
    return Probe(surroundings, made).client.endpoint(f"http://127.0.0.1:{port}").pool


async def test_one_connection_is_never_lent_twice_whatever_happens(surroundings: Surroundings):
    """A few hundred borrowers come, leave while waiting, return, or lose their connections, in seeded disorder."""
    chance, lent, most = random.Random(7), set[Connection](), 3

    async def borrow(pool: Pool) -> None:
        connection = await pool.lend(Signal(surroundings.loop), fresh=chance.random() < 0.1)
        assert connection not in lent
        lent.add(connection)
        assert len(lent) <= most
        for _ in range(chance.randrange(3)):
            await asyncio.sleep(0)
        lent.discard(connection)
        if chance.random() < 0.2:
            connection.abort()
        else:
            pool.release(connection)

    async with Upstream([], repeat=True) as upstream:
        pool = pool_of(surroundings, upstream.port, max_connections=most, max_waiting=1000)
        tasks = [asyncio.ensure_future(borrow(pool)) for _ in range(300)]
        for task in tasks:
            if chance.random() < 0.2:
                surroundings.loop.call_soon(task.cancel)
            if chance.random() < 0.3:
                await asyncio.sleep(0)
        results = await soon(asyncio.gather(*tasks, return_exceptions=True))
        assert {type(each) for each in results} <= {type(None), asyncio.CancelledError}
        assert sum(each is None for each in results) > 100
        assert (pool.waiting, lent) == (0, set())
        pool.drain()
        await eventually(lambda: pool.count == 0)


async def test_borrowers_are_served_in_order(surroundings: Surroundings):
    async with Upstream([], repeat=True) as upstream:
        pool = pool_of(surroundings, upstream.port, max_connections=1)
        first = await pool.lend(Signal(surroundings.loop))
        order: list[int] = []

        async def borrow(number: int) -> None:
            connection = await pool.lend(Signal(surroundings.loop))
            order.append(number)
            pool.release(connection)

        tasks = [asyncio.ensure_future(borrow(number)) for number in range(5)]
        await turns()
        pool.release(first)
        await soon(asyncio.gather(*tasks))
        assert order == [0, 1, 2, 3, 4]
        pool.drain()
        await eventually(lambda: pool.count == 0)


async def test_a_borrower_that_leaves_when_its_turn_has_come_passes_the_connection_on(surroundings: Surroundings):
    async with Upstream([], repeat=True) as upstream:
        pool = pool_of(surroundings, upstream.port, max_connections=1)
        first = await pool.lend(Signal(surroundings.loop))
        leaving = asyncio.ensure_future(pool.lend(Signal(surroundings.loop)))
        staying = asyncio.ensure_future(pool.lend(Signal(surroundings.loop)))
        await turns()
        pool.release(first)
        leaving.cancel()
        assert await soon(staying) is first
        first.abort()
        await eventually(lambda: pool.count == 0)


async def test_a_connection_that_dies_before_the_borrower_wakes_is_replaced(surroundings: Surroundings):
    async with Upstream([], repeat=True) as upstream:
        pool = pool_of(surroundings, upstream.port, max_connections=1)
        first = await pool.lend(Signal(surroundings.loop))
        waiting = asyncio.ensure_future(pool.lend(Signal(surroundings.loop)))
        await turns()
        pool.release(first)
        first.eof_received()
        second = await soon(waiting)
        assert second is not first
        assert not second.transport.is_closing()
        assert pool.count == 1
        second.abort()
        await eventually(lambda: pool.count == 0)


async def test_a_connection_that_has_died_is_not_taken_back(surroundings: Surroundings):
    async with Upstream([], repeat=True) as upstream:
        pool = pool_of(surroundings, upstream.port, max_connections=1)
        first = await pool.lend(Signal(surroundings.loop))
        waiting = asyncio.ensure_future(pool.lend(Signal(surroundings.loop)))
        await turns()
        first.transport.abort()
        pool.release(first)
        assert pool.idle == []
        second = await soon(waiting)
        assert second is not first
        second.abort()
        await eventually(lambda: pool.count == 0)


async def test_too_many_who_wait_are_refused_and_those_who_wait_too_long_told(surroundings: Surroundings):
    async with Upstream([], repeat=True) as upstream:
        pool = pool_of(surroundings, upstream.port, max_connections=1, max_waiting=1, wait=Duration(0.05))
        held = await pool.lend(Signal(surroundings.loop))
        waiting = asyncio.ensure_future(pool.lend(Signal(surroundings.loop)))
        await turns()
        with pytest.raises(Overloaded, match="too many"):
            await pool.lend(Signal(surroundings.loop))
        with pytest.raises(Overloaded, match="became free"):
            await soon(waiting)
        assert pool.waiting == 0
        held.abort()
        await eventually(lambda: pool.count == 0)


async def test_every_waiting_borrower_is_told_when_nobody_is_there(surroundings: Surroundings):
    async with Upstream() as upstream:
        port = upstream.port
    pool = pool_of(surroundings, port, max_connections=2)
    lends = [pool.lend(Signal(surroundings.loop)) for _ in range(6)]
    results = await soon(asyncio.gather(*lends, return_exceptions=True))
    assert [type(each) for each in results] == [UpstreamUnreachable] * 6
    assert (pool.count, pool.waiting) == (0, 0)


async def test_no_more_unused_connections_are_kept_than_allowed(surroundings: Surroundings):
    async with Upstream([], repeat=True) as upstream:
        pool = pool_of(surroundings, upstream.port, max_idle=1)
        lent = [await pool.lend(Signal(surroundings.loop)) for _ in range(3)]
        for connection in lent:
            pool.release(connection)
        assert len(pool.idle) == 1
        await eventually(lambda: pool.count == 1)
        pool.drain()
        await eventually(lambda: pool.count == 0)


async def test_a_drained_pool_closes_what_is_unused_and_lets_the_busy_finish():
    made = surroundings_of(asyncio.get_running_loop())
    async with Sweeper(made.deadlines), Upstream([answer(b"one"), answer(b"two")]) as upstream:
        probe = Probe(made)
        endpoint = probe.client.endpoint(upstream.url)
        got = await probe.ask(endpoint)
        endpoint.pool.drain()
        assert await got.read(10) == b"one"
        got.close()
        await soon(upstream.talks[0].ended.wait())
        await eventually(lambda: endpoint.pool.count == 0)


def test_an_equal_origin_adopts_the_pool_of_the_configuration_before(surroundings_sync: Surroundings):
    pools = {Client(OutboundSettings(), surroundings_sync).endpoint("http://a.example").pool for _ in range(2)}
    assert len(pools) == 1


def test_an_origin_whose_settings_changed_gets_a_pool_of_its_own(surroundings_sync: Surroundings):
    settings = [OutboundSettings(), OutboundSettings(pool=PoolSettings(max_idle=1)), OutboundSettings(max_fields=5)]
    pools = {Client(each, surroundings_sync).endpoint("http://a.example").pool for each in settings}
    assert len(pools) == 3
