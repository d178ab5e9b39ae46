"""A hard budget to the last cent: however many ask at once, wherever they ask, and whatever dies meanwhile."""

import asyncio
import random
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.journeys.conftest import START_SECONDS, Gateway
from tests.journeys.shop import DIME, DOLLAR, SECONDS, TOKEN, Answer, Ledger, Shop, budgeted, buy, crowd, opened
from tests.journeys.stage import eventually
from tests.journeys.test_identity import command
from tests.journeys.test_several_workers import workers
from tests.patience import PATIENCE
from tests.process.scene import kill
from tests.store import postgres, redis_server
from trigate.core.settings import Secret
from trigate.store.migrate import migrate
from trigate.store.settings import StoreSettings

Start = Callable[[str], Gateway]
SMALL = 200
FULL = 1000
ADMITTED = 50
"""Calls of $0.10 in a budget of $5."""


def judge(answers: Sequence[Answer], admitted: int = ADMITTED) -> None:
    """So many were served, and all others were told that the budget is why."""
    refused = [each for each in answers if each.status == 429]
    assert sum(each.status == 200 and each.whole for each in answers) == admitted
    assert len(refused) == len(answers) - admitted, {each.status for each in answers}
    assert all(b"'purse'" in each.body for each in refused)


async def judge_rest(ledger: Ledger, gateways: Sequence[Gateway]) -> None:
    """Everything is spent to the cent, nothing is reserved, and everybody is told so."""
    try:
        books = await ledger.until(lambda books: books.paid == ADMITTED)
    except AssertionError as fault:
        raise AssertionError("\n".join([str(fault), *(each.log for each in gateways)])) from None
    assert books.cost == books.balance == 5 * DOLLAR
    for each in gateways:
        answer = await buy(each, tokens=1)
        assert answer.status == 429
        assert b"$0 of it left" in answer.body
        assert b"there is room again in" in answer.body
        assert b"under way" not in answer.body
        (row,) = await asyncio.to_thread(command, each, "budgets", "list")
        assert (row["used"], row["limit"], row["scope"]) == (5 * DOLLAR, 5 * DOLLAR, "team=ops")


async def begin(start: Start, text: str) -> Gateway:
    return await opened(await asyncio.to_thread(start, text))


async def restart(running: Gateway) -> None:
    running.start()
    await asyncio.to_thread(running.until, running.ready, START_SECONDS)
    await opened(running)


def are_back(running: Gateway, number: int) -> bool:
    """Whether so many workers serve."""
    with suppress(psutil.Error):  # one of them may end while it is looked at
        return running.ready() and len(workers(running)) == number
    return False


async def prove_one_machine(start: Start, count: int, number: int, *ends: Callable[[Gateway], object]) -> None:
    async with Shop() as shop:
        running = await begin(start, budgeted(shop, workers=number))
        judge(await crowd(shop, [running], count))
        ledger = Ledger.of(running)
        await judge_rest(ledger, [running])
        for end in ends:
            await asyncio.to_thread(end, running)
            await restart(running)
            await judge_rest(ledger, [running])


@pytest.mark.parametrize("number", [1, 4])
async def test_what_fits_is_admitted_and_not_one_call_more(gateway: Start, number: int) -> None:
    await prove_one_machine(gateway, SMALL, number, Gateway.stop)


@pytest.mark.proof
@pytest.mark.parametrize("number", [1, 4])
async def test_a_thousand_calls_at_once_on_a_budget_for_fifty(gateway: Start, number: int) -> None:
    await prove_one_machine(gateway, FULL, number, Gateway.stop, Gateway.kill)


def shared(database: postgres.Server, redis: redis_server.Server, folder: Path, **more: Any) -> dict[str, Any]:
    """The store of gateways that work together."""
    url = database.database()
    migrate(StoreSettings(url=Secret(url), directory=str(folder / "reader")))
    counters = {"kind": "redis", "url": redis.url, "timeout": "5s", "on_loss": "refuse", **more}
    return {"url": url, "counters": counters, "master_key": "0123456789abcdef" * 4}


async def prove_two_machines(
    start: Start, database: postgres.Server, redis: redis_server.Server, folder: Path, count: int
) -> None:
    store = shared(database, redis, folder)
    async with Shop() as shop:
        gateways = [await begin(start, budgeted(shop, store=store)) for _ in range(2)]
        judge(await crowd(shop, gateways, count))
        ledger = Ledger.at(store["url"], folder)
        await judge_rest(ledger, gateways)
        first = gateways[0]
        await asyncio.to_thread(first.kill)
        await restart(first)
        await judge_rest(ledger, gateways)


async def test_two_machines_admit_no_more_than_one(
    gateway: Start, database: postgres.Server, redis: redis_server.Server, tmp_path: Path
) -> None:
    await prove_two_machines(gateway, database, redis, tmp_path, SMALL)


@pytest.mark.proof
async def test_two_machines_and_a_thousand_calls_at_once(
    gateway: Start, database: postgres.Server, redis: redis_server.Server, tmp_path: Path
) -> None:
    await prove_two_machines(gateway, database, redis, tmp_path, FULL)


async def test_counters_that_were_wiped_know_from_the_ledger_what_was_spent(
    gateway: Start, database: postgres.Server, redis: redis_server.Server, tmp_path: Path
) -> None:
    store = shared(database, redis, tmp_path)
    async with Shop() as shop:
        shop.doors.set()
        gateways = [await begin(gateway, budgeted(shop, store=store)) for _ in range(2)]
        judge(await asyncio.gather(*(buy(gateways[each % 2]) for each in range(60))))
        ledger = Ledger.at(store["url"], tmp_path)
        await judge_rest(ledger, gateways)
        redis.wipe()
        answers = await asyncio.gather(*(buy(gateways[each % 2]) for each in range(60)))
        assert {each.status for each in answers} <= {429, 503}
        await judge_rest(ledger, gateways)


@pytest.mark.parametrize("number", [1, 4])
async def test_a_worker_that_is_killed_takes_no_money_with_it(gateway: Start, number: int) -> None:
    async with Shop() as shop:
        running = await begin(gateway, budgeted(shop, workers=number))
        early = [asyncio.create_task(buy(running, "hold")) for _ in range(40)]
        await eventually(lambda: shop.held == 40, 30)
        for each in workers(running)[: max(1, number // 2)]:
            kill(each)
        await asyncio.to_thread(running.until, lambda: are_back(running, number), 30)
        shop.doors.set()
        served = sum(each.status == 200 for each in await asyncio.gather(*early))
        ledger = Ledger.of(running)
        await ledger.until(lambda books: books.paid == served)
        await eventually_whole(running)
        judge(await asyncio.gather(*(buy(running) for _ in range(SMALL // 2))), ADMITTED - served)
        await judge_rest(ledger, [running])


async def eventually_whole(running: Gateway) -> None:
    """What a dead worker had reserved is given back: nobody is told any more of calls under way."""
    async with asyncio.timeout(PATIENCE):
        while b"under way" in (await buy(running, tokens=50 * DIME + 1)).body:
            await asyncio.sleep(0.05)


async def test_a_machine_that_is_lost_in_the_middle_never_spends_more(gateway: Start) -> None:
    async with Shop() as shop:
        running = await begin(gateway, budgeted(shop, workers=4))
        shop.doors.set()
        assert {each.status for each in await asyncio.gather(*(buy(running) for _ in range(20)))} == {200}
        shop.doors.clear()
        early = [asyncio.create_task(buy(running, "hold")) for _ in range(30)]
        await eventually(lambda: shop.held == 30, 30)
        await asyncio.to_thread(running.kill)
        assert not any(each.whole for each in await asyncio.gather(*early))
        await restart(running)
        judge(await asyncio.gather(*(buy(running) for _ in range(SMALL // 2))), 30)
        await judge_rest(Ledger.of(running), [running])


@pytest.mark.proof
@pytest.mark.timeout(180)
async def test_what_a_lost_machine_had_reserved_comes_back_when_its_leases_end(
    gateway: Start, database: postgres.Server, redis: redis_server.Server, tmp_path: Path
) -> None:
    store = shared(database, redis, tmp_path)
    async with Shop() as shop:
        gateways = [await begin(gateway, budgeted(shop, store=store)) for _ in range(2)]
        early = [asyncio.create_task(buy(gateways[0], "hold")) for _ in range(30)]
        await eventually(lambda: shop.held == 30, 30)
        await asyncio.to_thread(gateways[0].kill)
        await asyncio.gather(*early)
        shop.doors.set()
        judge(await asyncio.gather(*(buy(gateways[1]) for _ in range(60))), 20)
        async with asyncio.timeout(90):
            while (await buy(gateways[1])).status == 429:
                await asyncio.sleep(1)
        await restart(gateways[0])
        judge(await asyncio.gather(*(buy(gateways[each % 2]) for each in range(60))), 29)
        await judge_rest(Ledger.at(store["url"], tmp_path), gateways)


MIX: dict[str, dict[str, Any]] = {
    "answer": {},
    "stream": {},
    "fail": {},
    "cut": {},
    "hang": {"model": "hasty/m"},
    "drip": {"leave": 0.2},
    "hold": {"leave": 0.2},
}
"""Every way in which a call can end."""


ENDINGS = {
    "answer": (200, True),
    "stream": (200, True),
    "fail": (500, True),
    "cut": (200, True),
    "hang": (504, True),
}
"""What callers who stay see: status, and whether it was whole."""


async def prove_mixed(start: Start, count: int, number: int) -> None:
    draw = random.Random(7)
    async with Shop() as shop:
        running = await begin(start, budgeted(shop, dollars="1000", workers=number))
        ledger = Ledger.of(running)
        before = (await ledger.until(lambda books: books.rows)).rows
        acts = [draw.choice(list(MIX)) for _ in range(count)]
        for first in range(0, count, 100):
            calls = [buy(running, act, draw.randint(1, 200), **MIX[act]) for act in acts[first : first + 100]]
            answers = await asyncio.gather(*calls)
            for act, answer in zip(acts[first : first + 100], answers, strict=True):
                assert (answer.status, answer.whole) == ENDINGS[act] if act in ENDINGS else not answer.whole, act
        books = await ledger.until(lambda books: books.rows == before + count)
        assert books.cost == books.balance
        rest, odd = divmod(1000 * DOLLAR - books.balance, TOKEN)
        assert (await buy(running, tokens=rest + 1)).status == 429
        assert (await buy(running, tokens=rest)).status == 200  # so nothing at all was still reserved
        books = await ledger.until(lambda books: books.rows == before + count + 2)
        assert books.cost == books.balance == 1000 * DOLLAR - odd


@pytest.mark.parametrize("number", [1, 4])
async def test_at_rest_nothing_is_reserved_however_calls_ended(gateway: Start, number: int) -> None:
    await prove_mixed(gateway, 140, number)


@pytest.mark.proof
@pytest.mark.parametrize("number", [1, 4])
async def test_at_rest_nothing_is_reserved_after_thousands_of_calls(gateway: Start, number: int) -> None:
    await prove_mixed(gateway, 5000, number)


async def prove_hand_over(start: Start, numbers: tuple[int, int], *, upgrading: bool) -> None:
    """Half of the customers are under way when the workers are replaced, the others come while that happens."""
    async with Shop() as shop:
        running = await begin(start, budgeted(shop, workers=numbers[0]))
        early = [asyncio.create_task(buy(running, "hold")) for _ in range(30)]
        await eventually(lambda: shop.held == 30, 30)
        late = [asyncio.create_task(buy(running, "hold")) for _ in range(10)]
        if upgrading:
            running.process.send_signal(signal.SIGUSR2)
        else:
            replacement = budgeted(shop, workers=numbers[1])
            running.write(replacement.replace('"workers"', '"timeouts": {"drain": "31s"}, "workers"'))
        said = "a new program serves" if upgrading else "a new configuration serves"
        await asyncio.to_thread(running.until, lambda: said in running.log, 60)
        after = [asyncio.create_task(buy(running, "hold")) for _ in range(60)]
        asking = [*early, *late, *after]
        await eventually(lambda: shop.held + sum(each.done() for each in asking) == len(asking), SECONDS)
        shop.doors.set()
        judge(await asyncio.gather(*asking))
        await judge_rest(Ledger.of(running), [running])


@pytest.mark.timeout(120)
async def test_an_upgrade_in_the_middle_admits_not_one_call_more(gateway: Start) -> None:
    await prove_hand_over(gateway, (1, 1), upgrading=True)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("numbers", [(1, 1), (1, 2), (2, 1)])
async def test_other_workers_in_the_middle_admit_not_one_call_more(gateway: Start, numbers: tuple[int, int]) -> None:
    await prove_hand_over(gateway, numbers, upgrading=False)
