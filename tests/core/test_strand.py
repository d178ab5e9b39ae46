"""An exchange runs where it is begun and woken, and is a task to everybody else."""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.patience import PATIENCE
from trigate.core.strand import Strand

Body = Callable[[Strand, list[str]], Awaitable[None]]


async def turn(times: int = 3) -> None:
    """Let the loop do what is ready."""
    for _ in range(times):
        await asyncio.sleep(0)


async def from_the_loop(act: Callable[[], None]) -> None:
    """Act as a transport's callback does, with no task under way."""
    asyncio.get_running_loop().call_soon(act)
    await turn(1)


class Play:
    """A strand, and what its coroutine has said."""

    def __init__(self, body: Body) -> None:
        self.strand = Strand(asyncio.get_running_loop())
        self.said: list[str] = []
        self._body = body

    async def _run(self) -> None:
        await self._body(self.strand, self.said)

    def begin(self, at_once: bool = True) -> None:
        self.strand.begin(self._run(), at_once)

    async def begun(self) -> "Play":
        await from_the_loop(self.begin)
        return self


async def two_waits(strand: Strand, said: list[str]) -> None:
    said.append("begun")
    await strand.wait()
    said.append("woken")
    await strand.wait()
    said.append("ended")


async def stubborn(strand: Strand, said: list[str]) -> None:
    try:
        await strand.wait()
    except asyncio.CancelledError:
        said.append("cancelled")
        strand.uncancel()
        await strand.wait()
        said.append("went on")


async def test_a_strand_runs_to_its_first_wait_before_begin_returns():
    play, seen = Play(two_waits), list[list[str]]()

    def act() -> None:
        play.begin()
        seen.append(play.said[:])

    await from_the_loop(act)
    assert seen == [["begun"]]


async def test_a_strand_that_is_resumed_goes_on_before_resume_returns():
    play, seen = await Play(two_waits).begun(), list[list[str]]()

    def act() -> None:
        play.strand.resume()
        seen.append(play.said[:])

    await from_the_loop(act)
    assert seen == [["begun", "woken"]]


async def test_a_strand_that_is_notified_goes_on_in_the_next_turn():
    play = await Play(two_waits).begun()
    play.strand.notify()
    assert play.said == ["begun"]
    await turn()
    assert play.said == ["begun", "woken"]


async def test_many_notifications_while_it_is_being_woken_are_one_more():
    play = await Play(two_waits).begun()
    for _ in range(3):
        play.strand.notify()
    await turn()
    assert play.said == ["begun", "woken", "ended"]
    assert play.strand.done()


async def test_a_notification_that_came_before_the_wait_is_kept():
    async def body(strand: Strand, said: list[str]) -> None:
        strand.notify()
        await strand.wait()
        said.append("ended")

    assert (await Play(body).begun()).said == ["ended"]


async def test_a_strand_is_never_entered_while_a_task_is_under_way():
    play = Play(two_waits)
    play.begin()
    assert play.said == []
    await turn(1)
    assert play.said == ["begun"]
    play.strand.resume()
    assert play.said == ["begun"]
    await turn(1)
    assert play.said == ["begun", "woken"]


async def test_a_strand_may_begin_in_the_next_turn():
    play, seen = Play(two_waits), list[list[str]]()

    def act() -> None:
        play.begin(at_once=False)
        seen.append(play.said[:])

    await from_the_loop(act)
    await turn()
    assert (seen, play.said) == ([[]], ["begun"])


async def test_a_strand_awaits_futures_tasks_and_nothing_like_any_task():
    given = asyncio.get_running_loop().create_future()

    async def body(strand: Strand, said: list[str]) -> None:
        await asyncio.sleep(0)
        said.append(await given)
        said.append(str(asyncio.current_task() is strand))
        said.extend(await asyncio.gather(*(asyncio.sleep(0, name) for name in ("a", "b"))))
        async with asyncio.timeout(0.001):
            await asyncio.Event().wait()

    play = await Play(body).begun()
    failures = list[dict[str, Any]]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
    await turn()
    assert not play.said
    given.set_result("given")
    async with asyncio.timeout(PATIENCE):
        while not play.strand.done():
            await asyncio.sleep(0.001)
    assert play.said == ["given", "True", "a", "b"]
    assert [type(each["exception"]) for each in failures] == [TimeoutError]


async def test_a_failed_future_fails_where_it_is_awaited():
    given = asyncio.get_running_loop().create_future()

    async def body(strand: Strand, said: list[str]) -> None:
        try:
            await given
        except OSError as error:
            said.append(str(error))

    play = await Play(body).begun()
    given.set_exception(OSError("gone"))
    await turn()
    assert play.said == ["gone"]


async def test_another_task_may_wait_for_the_signal_of_a_strand():
    play = await Play(two_waits).begun()
    play.strand.resume()
    await turn()
    play.strand.resume()
    await turn()
    waiting = asyncio.ensure_future(play.strand.wait())
    await turn()
    assert not waiting.done()
    play.strand.notify()
    await asyncio.wait_for(waiting, PATIENCE)


async def test_cancelling_a_strand_at_its_signal_ends_the_wait_in_the_next_turn():
    play = await Play(stubborn).begun()
    assert play.strand.cancel()
    assert (play.said, play.strand.cancelling()) == ([], 1)
    await turn()
    assert (play.said, play.strand.cancelling()) == (["cancelled"], 0)
    play.strand.notify()
    await turn()
    assert play.said == ["cancelled", "went on"]
    assert not play.strand.cancel()


async def test_cancelling_a_strand_at_a_future_cancels_the_future():
    given = asyncio.get_running_loop().create_future()

    async def body(strand: Strand, said: list[str]) -> None:
        await given

    play = await Play(body).begun()
    play.strand.cancel()
    await turn()
    assert given.cancelled()
    assert play.strand.done()


@pytest.mark.parametrize("waits", [True, False])
async def test_a_strand_cancelled_while_it_runs_is_cancelled_at_its_next_wait(waits: bool):
    async def body(strand: Strand, said: list[str]) -> None:
        strand.cancel()
        said.append("running")
        try:
            await (strand.wait() if waits else asyncio.get_running_loop().create_future())
        except asyncio.CancelledError:
            said.append("cancelled")
            raise

    play = await Play(body).begun()
    await turn()
    assert play.said == ["running", "cancelled"]
    assert play.strand.done()


async def test_a_strand_cancelled_before_it_began_never_runs():
    play = Play(two_waits)
    await from_the_loop(lambda: play.begin(at_once=False))
    play.strand.cancel()
    await turn()
    assert play.said == []
    assert play.strand.done()


async def test_a_cancelled_strand_that_was_notified_before_is_cancelled_once():
    play = await Play(stubborn).begun()
    play.strand.notify()
    play.strand.cancel()
    await turn()
    assert play.said == ["cancelled"]
    assert not play.strand.done()


async def test_a_failure_reaches_the_exception_handler_of_the_loop():
    failures = list[dict[str, Any]]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))

    async def body(strand: Strand, said: list[str]) -> None:
        await strand.wait()
        raise ValueError("broken")

    play = await Play(body).begun()
    play.strand.resume()
    await turn()
    assert [str(each["exception"]) for each in failures] == ["broken"]
    assert play.strand.done()


async def test_whoever_asked_hears_of_the_end_before_and_after_it():
    ended = list[Strand]()
    play = await Play(two_waits).begun()
    play.strand.add_done_callback(ended.append)
    for _ in range(2):
        play.strand.notify()
        await turn()
    assert ended == [play.strand]
    play.strand.add_done_callback(ended.append)
    await turn(1)
    assert ended == [play.strand] * 2


def strands() -> int:
    """How many there are, those that only the garbage collector would end included."""
    return sum(isinstance(each, Strand) for each in gc.get_objects())


async def test_an_ended_strand_leaves_nothing_for_the_garbage_collector():
    gc.collect()
    gc.disable()
    before = strands()
    try:
        play = await Play(two_waits).begun()
        play.strand.notify()
        play.strand.notify()
        await turn()
        del play
        assert strands() == before
    finally:
        gc.enable()
