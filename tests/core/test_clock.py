"""The clock that tests can hold."""

import pytest

from trigate.core.clock import clock


def test_a_held_clock_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "monotonic", lambda: 5.0)
    assert clock.monotonic() == clock.monotonic() == 5.0


def test_a_free_clock_never_goes_back() -> None:
    assert clock.monotonic() <= clock.monotonic()
    assert clock.wall_ns() > 1_700_000_000 * 10**9
