"""Steady time: whatever the wall clock does, nothing is given out twice."""

import pytest

from trigate.core.clock import clock
from trigate.store.steady import SECOND, SteadyTime


def test_it_flows_with_the_wall_clock():
    time = SteadyTime()
    assert [time.read(5 * SECOND), time.read(6 * SECOND)] == [5 * SECOND, 6 * SECOND]


def test_two_readings_in_the_wrong_order_stop_it_for_a_moment_only():
    time = SteadyTime()
    time.read(100 * SECOND)
    assert time.read(100 * SECOND - 5) == 100 * SECOND
    assert time.read(100 * SECOND + 5) == 100 * SECOND + 5


def test_a_clock_put_back_two_hours_goes_on_from_where_it_was():
    time = SteadyTime()
    time.read(10_000 * SECOND)
    assert time.read(2_800 * SECOND) == 10_000 * SECOND
    assert time.read(2_801 * SECOND) == 10_001 * SECOND


def test_a_clock_put_forward_ends_no_window_before_its_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clock, "wall_ns", lambda: 1000 * SECOND)
    monkeypatch.setattr(clock, "monotonic", lambda: 50.0)
    time = SteadyTime()
    monkeypatch.setattr(clock, "monotonic", lambda: 53.0)
    assert time.ended(5000 * SECOND) == 1003 * SECOND
    assert time.ended(1001 * SECOND) == 1001 * SECOND
