"""The fastest first."""

import pytest

from tests.llm.troupe import ask_of, call_of, names, troupe
from trigate.core.clock import clock
from trigate.llm.candidate import Candidate
from trigate.llm.strategies.latency import Latency


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    held = [1000.0]
    monkeypatch.setattr(clock, "monotonic", lambda: held[0])
    return held


def order_of(targets: list[Candidate]) -> list[str]:
    order = Latency().open("smart", targets)
    assert order is not None
    return names(order(call_of(), ask_of(), targets))


def test_who_speaks_soonest_is_first_and_who_was_never_asked_before_all(now: list[float]):
    slow, fast, new = targets = troupe("slow/1", "fast/2", "new/3")
    slow.health.measure(2.0, now[0])
    fast.health.measure(0.5, now[0])
    assert order_of(targets) == ["new/3", "fast/2", "slow/1"]
    new.health.begin()
    assert order_of(targets) == ["fast/2", "slow/1", "new/3"]


def test_a_slow_answer_counts_at_once_and_fades(now: list[float]):
    one, other = targets = troupe("a/1", "b/2")
    one.health.measure(0.4, now[0])
    other.health.measure(0.5, now[0])
    one.health.measure(5.0, now[0])
    assert order_of(targets)[0] == "b/2"
    now[0] += 300
    other.health.measure(0.5, now[0])
    assert order_of(targets)[0] == "a/1"


def test_what_is_under_way_counts(now: list[float]):
    one, other = targets = troupe("a/1", "b/2")
    one.health.measure(0.4, now[0])
    other.health.measure(0.5, now[0])
    one.health.begin()
    assert order_of(targets)[0] == "b/2"
