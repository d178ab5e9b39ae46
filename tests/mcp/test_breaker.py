"""A server that is not there is left alone, one that answers badly is not."""

import pytest

from trigate.core.clock import clock
from trigate.core.errors import UpstreamFailed, UpstreamTimeout, UpstreamUnreachable
from trigate.core.settings import Duration
from trigate.mcp.breaker import Breaker, says_absent
from trigate.mcp.care_settings import BreakerSettings
from trigate.mcp.fault import NotSpoken, ServerFailed, ServerResting


def status(number: int) -> ServerFailed:
    error = ServerFailed("x")
    error.answered = number
    return error


@pytest.mark.parametrize(
    ("error", "absent"),
    [
        (UpstreamUnreachable("x"), True),
        (status(503), True),
        (status(500), False),
        (status(401), False),
        (status(429), False),
        (UpstreamTimeout("x"), False),
        (NotSpoken("x"), False),
    ],
)
def test_only_what_concerns_everybody_counts(error: UpstreamFailed, absent: bool):
    assert says_absent(error) is absent


def test_after_so_many_failures_in_a_row_it_rests_and_one_tries_it(monkeypatch: pytest.MonkeyPatch):
    now = 100.0
    monkeypatch.setattr(clock, "monotonic", lambda: now)
    breaker = Breaker(BreakerSettings(failures=2, rest=Duration(10)))
    breaker.failed(status(503))
    breaker.answered()
    for _ in range(2):
        breaker.check()
        breaker.failed(status(503))
    with pytest.raises(ServerResting, match="2 times in a row"):
        breaker.check()
    now += 10
    breaker.check()
    with pytest.raises(ServerResting):
        breaker.check()
    breaker.answered()
    breaker.check()
    breaker.check()


def test_what_others_have_found_out_holds_but_for_no_longer_than_the_settings_say(monkeypatch: pytest.MonkeyPatch):
    now = 100.0
    monkeypatch.setattr(clock, "monotonic", lambda: now)
    breaker = Breaker(BreakerSettings(failures=2, rest=Duration(10)))
    breaker.hear(1000.0)
    with pytest.raises(ServerResting):
        breaker.check()
    now += 10
    breaker.check()
    breaker.hear(0.0)
    breaker.check()
    assert breaker.failures == 0


def test_it_can_be_switched_off():
    breaker = Breaker(BreakerSettings(failures=0))
    breaker.hear(10.0)
    for _ in range(100):
        breaker.failed(status(503))
        breaker.check()
