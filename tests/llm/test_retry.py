"""Retries: how long after, and how many."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.llm.troupe import ask_of, call_of
from tests.patience import PATIENCE
from trigate.core.clock import clock
from trigate.core.demand import NO_DEMAND
from trigate.core.parts import END
from trigate.core.settings import Duration
from trigate.core.signal import Signal
from trigate.llm.retry import WINDOW, Later, Purse, Retries, RetryBudget


@given(st.integers(0, 9), st.floats(0, 10), st.floats(0, 60))
def test_a_wait_doubles_with_every_retry_and_has_a_bound(place: int, backoff: float, longest: float):
    wait = Retries(backoff=Duration(backoff), longest=Duration(longest)).wait(place, None)
    assert wait is not None
    most = min(backoff * 2**place, longest)
    assert most / 2 <= wait <= most


def test_a_provider_that_says_when_is_believed_if_that_is_soon():
    retries = Retries(longest=Duration(5))
    assert retries.wait(0, 3) == 3
    assert retries.wait(0, 6) is None


@pytest.mark.parametrize("written", [{"attempts": -1}, {"attempts": 11}, {"backoff": -1}, {"longest": 61}])
def test_retries_without_sense_are_refused(written: Any):
    with pytest.raises(ValueError, match=r"attempts|backoff"):
        Retries(**written)


@pytest.mark.parametrize("written", [{"share": -0.1}, {"share": 11}, {"least": -1}])
def test_a_budget_without_sense_is_refused(written: Any):
    with pytest.raises(ValueError, match="share"):
        RetryBudget(**written)


@given(st.integers(0, 400), st.integers(0, 20), st.sampled_from([0.0, 0.2, 1.0]))
def test_no_more_is_spent_than_a_share_of_the_calls(calls: int, least: int, share: float):
    purse = Purse(RetryBudget(share=share, least=least))
    for _ in range(calls):
        purse.earn()
    spent = sum(purse.spend() for _ in range(1000))
    assert spent == int(least + calls * share)


def test_what_was_spent_is_forgotten_in_time(monkeypatch: pytest.MonkeyPatch):
    now = [50.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    purse = Purse(RetryBudget(share=0, least=2))
    assert [purse.spend() for _ in range(3)] == [True, True, False]
    now[0] += WINDOW
    assert not purse.spend()
    now[0] += WINDOW / 2
    assert [purse.spend() for _ in range(2)] == [True, False]
    now[0] += 2 * WINDOW
    assert [purse.spend() for _ in range(3)] == [True, True, False]


async def test_a_target_is_asked_after_its_wait_whatever_wakes_its_exchange_before():
    asked: list[float] = []
    loop = asyncio.get_running_loop()

    class Fake:
        name = "a/b"

        def demand(self, ask: Any) -> Any:
            return NO_DEMAND

        async def forward(self, call: Any, ask: Any, sink: Any) -> Any:
            asked.append(loop.time())
            return END

    nothing: Any = None
    fake: Any = Fake()
    later = Later(fake, 0.02)
    assert later.name == "a/b"
    assert later.demand(ask_of()) is NO_DEMAND
    call = call_of()
    signal = call.exchange.signal = Signal(loop)
    begun = loop.time()
    loop.call_soon(signal.notify)
    async with asyncio.timeout(PATIENCE):
        assert await later.forward(call, ask_of(), nothing) is END
    assert asked[0] >= begun + 0.02
