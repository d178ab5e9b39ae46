"""One question, however many wait for its answer."""

import asyncio

import pytest

from tests.patience import PATIENCE
from trigate.core.errors import IdentityUnavailable, InternalError
from trigate.policy.flight import Flights


async def test_a_question_is_asked_once_and_whoever_gives_up_does_not_end_it() -> None:
    flights = Flights[str, int](asyncio.get_running_loop())
    gate, asked = asyncio.Event(), list[str]()

    async def ask() -> int:
        asked.append("asked")
        await gate.wait()
        return 7

    tasks = [asyncio.ensure_future(flights.join("a", ask)) for _ in range(5)]
    await asyncio.sleep(0)
    assert "a" in flights
    tasks[0].cancel()
    gate.set()
    assert await asyncio.wait_for(asyncio.gather(*tasks[1:]), PATIENCE) == [7] * 4
    assert asked == ["asked"]
    assert len(flights) == 0


async def test_a_failure_reaches_everybody_as_an_error_of_their_own() -> None:
    flights = Flights[str, int](asyncio.get_running_loop())

    async def ask() -> int:
        raise IdentityUnavailable("down", retry_after=3)

    answers = await asyncio.gather(*(flights.join("a", ask) for _ in range(2)), return_exceptions=True)
    assert [type(each) for each in answers] == [IdentityUnavailable] * 2
    assert answers[0] is not answers[1]
    assert isinstance(answers[0], IdentityUnavailable)
    assert answers[0].retry_after == 3
    assert len(flights) == 0


async def test_a_fault_is_reported_and_leaves_nobody_waiting() -> None:
    loop, told = asyncio.get_running_loop(), list[object]()
    loop.set_exception_handler(lambda _, context: told.append(context["exception"]))
    fault = ZeroDivisionError()

    async def ask() -> int:
        raise fault

    with pytest.raises(InternalError):
        await asyncio.wait_for(Flights[str, int](loop).join("a", ask), PATIENCE)
    await asyncio.sleep(0)
    assert told == [fault]
