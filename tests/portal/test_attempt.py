"""Guessing has an end."""

import pytest

from trigate.core.errors import RateReached
from trigate.portal import attempt
from trigate.portal.attempt import WINDOW_SECONDS, Attempts


def test_whoever_fails_too_often_waits_until_the_window_ends():
    attempts = Attempts()
    for _ in range(2):
        attempts.check({"a": 2, "b": 3}, 10.0)
        attempts.fail(["a", "b"], 10.0)
    with pytest.raises(RateReached) as refused:
        attempts.check({"a": 2}, 20.0)
    assert refused.value.retry_after == pytest.approx(WINDOW_SECONDS - 10)
    attempts.check({"b": 3}, 20.0)
    attempts.check({"a": 2}, 10.0 + WINDOW_SECONDS)


def test_success_forgives_and_a_new_window_counts_anew():
    attempts = Attempts()
    attempts.fail(["a"], 0.0)
    attempts.forget("a")
    attempts.check({"a": 1}, 1.0)
    attempts.fail(["a"], 1.0)
    attempts.fail(["a"], 2 + WINDOW_SECONDS)
    attempts.check({"a": 2}, 3 + WINDOW_SECONDS)


def test_there_is_an_end_to_what_is_remembered(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(attempt, "MOST_REMEMBERED", 3)
    attempts = Attempts()
    attempts.fail((f"a{number}" for number in range(10)), 0.0)
    assert len(attempts) == 3
