"""How often one address may visit."""

import pytest

from trigate.core.errors import RateReached
from trigate.portal import frequency
from trigate.portal.frequency import Frequency, neighbourhood


def test_so_many_at_once_and_then_evenly():
    visits = Frequency(60)
    for _ in range(60):
        visits.count("192.0.2.1", 100.0)
    with pytest.raises(RateReached) as refused:
        visits.count("192.0.2.1", 100.5)
    assert refused.value.retry_after == pytest.approx(1.0)
    visits.count("192.0.2.1", 101.0)
    visits.count("192.0.2.2", 100.0)


def test_being_refused_costs_nothing():
    visits = Frequency(1)
    visits.count("192.0.2.1", 0.0)
    for second in range(1, 60):
        with pytest.raises(RateReached):
            visits.count("192.0.2.1", float(second))
    visits.count("192.0.2.1", 60.0)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("unix", "unix"),
    ],
)
def test_one_customer_is_one_visitor(address: str, network: str):
    assert neighbourhood(address) == network


def test_there_is_an_end_to_what_is_remembered(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(frequency, "MOST_ADDRESSES", 3)
    visits = Frequency(1)
    for number in range(10):
        visits.count(f"192.0.2.{number}", 0.0)
    assert len(visits) == 3
    with pytest.raises(RateReached):
        visits.count("192.0.2.9", 0.0)
