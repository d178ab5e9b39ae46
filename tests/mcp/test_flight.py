"""One piece of work for everybody who waits, bounded in time and in tries."""

import asyncio
from typing import Any

import pytest

from tests.mcp.stage import sweeping
from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.errors import InternalError, UpstreamFailed, UpstreamTimeout
from trigate.mcp.fault import ServerFailed
from trigate.mcp.flight import Flight, again
from trigate.outbound.connection_needed import ConnectionNeeded


def flight(work: Any, deadlines: Deadlines, seconds: float = 5, pause: float = 0.05) -> Flight[int]:
    return Flight(work, deadlines, seconds, "work", pause)


async def test_everybody_gets_the_outcome_of_one_run():
    runs = 0

    async def work() -> int:
        nonlocal runs
        runs += 1
        await asyncio.sleep(0)
        return 7

    shared = flight(work, Deadlines())
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(shared.join()) for _ in range(5)]
    assert [each.result() for each in tasks] == [7] * 5
    assert runs == 1


async def test_a_waiter_that_leaves_ends_nothing():
    release = asyncio.Event()

    async def work() -> int:
        await release.wait()
        return 1

    deadlines = Deadlines()
    shared = flight(work, deadlines)
    leaving, staying = asyncio.create_task(shared.join()), asyncio.create_task(shared.join())
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.sleep(0)
    release.set()
    assert await staying == 1
    await asyncio.sleep(0)
    assert len(deadlines) == 0


async def test_a_failure_is_told_to_all_and_not_repeated_at_once(monkeypatch: pytest.MonkeyPatch):
    runs, now = 0, 1000.0
    monkeypatch.setattr(clock, "monotonic", lambda: now)

    async def work() -> int:
        nonlocal runs
        runs += 1
        raise ServerFailed("down")

    shared = flight(work, Deadlines())
    for _ in range(3):
        with pytest.raises(ServerFailed, match="down"):
            await shared.join()
    assert runs == 1
    now += 0.06
    with pytest.raises(ServerFailed):
        await shared.join()
    assert runs == 2
    assert shared.failed is not None


async def test_work_that_takes_too_long_is_ended():
    async def work() -> int:
        await asyncio.get_running_loop().create_future()
        return 1

    deadlines = Deadlines()
    async with sweeping(deadlines):
        with pytest.raises(UpstreamTimeout, match=r"0\.05 s"):
            await flight(work, deadlines, 0.05).join()
    assert len(deadlines) == 0


async def test_a_waiter_without_patience_goes_before_the_work_is_done():
    release = asyncio.Event()

    async def work() -> int:
        await release.wait()
        return 1

    deadlines = Deadlines()
    async with sweeping(deadlines):
        shared = flight(work, deadlines)
        with pytest.raises(UpstreamTimeout):
            await shared.join(0.03)
        release.set()
        assert await shared.join() == 1


async def test_a_fault_in_the_work_is_told_as_the_gateways_own():
    async def work() -> int:
        raise KeyError("bug")

    loop = asyncio.get_running_loop()
    seen: list[Any] = []
    loop.set_exception_handler(lambda _, context: seen.append(context["exception"]))
    with pytest.raises(InternalError):
        await flight(work, Deadlines()).join()
    await asyncio.sleep(0)
    assert isinstance(seen[0], KeyError)


async def test_work_that_did_not_last_is_held_back():
    async def work() -> int:
        return 1

    shared = flight(work, Deadlines())
    assert await shared.join() == 1
    shared.hold(ServerFailed("died"), 60)
    with pytest.raises(ServerFailed, match="died"):
        shared.begin()


def test_each_waiter_gets_an_error_of_its_own():
    error = ServerFailed("x", retry_after=3)
    copy = again(error)
    assert copy is not error
    assert isinstance(copy, UpstreamFailed)
    assert (copy.message, copy.retry_after, str(copy)) == ("x", 3, "x")
    assert isinstance(again(InternalError("secret")), InternalError)


async def test_a_connection_that_is_missing_is_asked_for_again_at_once():
    runs = 0

    async def work() -> int:
        nonlocal runs
        runs += 1
        error = ConnectionNeeded("open it")
        error.link = "https://g.example/connect/x"
        raise error

    shared = flight(work, Deadlines(), pause=60)
    for _ in range(2):
        with pytest.raises(ConnectionNeeded) as caught:
            await shared.join()
        assert caught.value.link == "https://g.example/connect/x"
    assert runs == 2
