"""What is known of one key."""

import pytest

from trigate.core.clock import clock
from trigate.llm.api_key import KeyLimits
from trigate.llm.fault import Fault
from trigate.llm.health import HealthSettings
from trigate.llm.key import Key

NOW = 1000.0


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "monotonic", lambda: NOW)


def key(**limits: int) -> Key:
    return Key(KeyLimits(**limits), HealthSettings())


@pytest.mark.parametrize(
    ("fault", "status", "here", "elsewhere"),
    [("rate_limit", 429, 10, 0), ("key", 403, 300, 0), ("key", 401, 300, 300), ("quota", 402, 300, 300)],
)
def test_a_refusal_puts_it_out_of_use_for_the_model_or_for_all(
    fault: Fault, status: int, here: float, elsewhere: float
):
    found = key()
    found.accuse("m", fault, status, None)
    assert found.opens("m") == NOW + here
    assert found.opens("n") == (NOW + elsewhere if elsewhere else 0)


def test_it_rests_for_as_long_as_the_provider_says():
    found = key()
    found.accuse("m", "rate_limit", 429, 42)
    assert found.opens("m") == NOW + 42


def test_being_let_in_ends_a_rest_only_if_it_was_asked_after_it_began():
    found = key()
    begun = found.begin("m", 0)
    found.accuse("m", "rate_limit", 429, 42)
    found.answered("m", begun - 1)
    assert found.opens("m") == NOW + 42
    found.answered("m", begun)
    assert found.opens("m") == 0


def test_its_limits_count_requests_and_tokens_and_tokens_are_corrected():
    found = key(requests_per_minute=2, tokens_per_minute=100)
    assert found.counts_tokens
    found.begin("m", 90)
    assert found.wait(20, NOW) == 6.0
    found.end("m", -80, NOW)
    assert found.wait(20, NOW) == 0
    found.begin("m", 0)
    assert found.wait(0, NOW) == 30.0
    assert not key().counts_tokens
    assert key().wait(10**9, NOW) == 0
