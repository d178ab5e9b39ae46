"""Counters in the memory of a process: all or none, leases, windows, and bounds."""

import pytest

from trigate.core.clock import clock
from trigate.store.counter import Claim, CountersLost, Law, Refused, Taken
from trigate.store.tally import Tally

SECOND = 1_000_000_000
T = 1_000_000 * SECOND
DAY = 86_400 * SECOND
BUDGET = Law("window", 5000)


def budget(start: int = 0, end: int = 0) -> Claim:
    return Claim("budget", BUDGET, start=start, end=end)


def taken(found: Taken | Refused) -> Taken:
    assert isinstance(found, Taken)
    return found


def refused(found: Taken | Refused) -> Refused:
    assert isinstance(found, Refused)
    return found


def test_a_thousand_claims_of_a_hundred_on_five_thousand_admit_exactly_fifty():
    tally, claim = Tally(100), budget()
    found = [tally.take([claim], [100], T) for _ in range(1000)]
    assert sum(isinstance(each, Taken) for each in found) == 50


def test_a_refusal_takes_nothing_of_what_comes_before_it():
    tally = Tally(100)
    claims = [Claim("a", Law("bucket", 10, SECOND), sure=True), Claim("b", Law("sliding", 10, SECOND)), budget()]
    assert refused(tally.take(claims, [10, 10, 5001], T)).at == 2
    assert [each.remaining for each in tally.look(claims, T)] == [10, 10, 5000]


def test_a_refusal_tells_whether_waiting_for_a_settle_would_help():
    tally, claim = Tally(100), budget()
    lease = taken(tally.take([claim], [5000], T)).lease
    assert refused(tally.take([claim], [1], T)).in_flight
    tally.settle(lease, [5000], T)
    assert not refused(tally.take([claim], [1], T)).in_flight


def test_nothing_is_always_granted():
    tally, claim = Tally(100), budget()
    tally.add([claim], [6000], T)
    assert taken(tally.take([claim], [0], T)).standings[0].remaining == 0


def test_a_lease_that_nobody_extends_gives_back_what_it_held():
    tally, claim = Tally(100), budget()
    taken(tally.take([claim], [5000], T))
    assert isinstance(tally.take([claim], [5000], T + 59 * SECOND), Refused)
    assert isinstance(tally.take([claim], [5000], T + 61 * SECOND), Taken)


def test_what_an_expired_lease_used_is_counted_when_it_is_known():
    tally, claim = Tally(100), budget()
    lease = taken(tally.take([claim], [5000], T)).lease
    tally.look([claim], T + 61 * SECOND)
    tally.extend(lease, T + 61 * SECOND)
    tally.settle(lease, [1200], T + 70 * SECOND)
    assert tally.look([claim], T + 70 * SECOND)[0].settled == 1200
    assert tally.look([claim], T + 70 * SECOND)[0].reserved == 0


def test_a_lease_settles_once():
    tally, claim = Tally(100), budget()
    lease = taken(tally.take([claim], [5000], T)).lease
    tally.settle(lease, [10], T)
    tally.settle(lease, [10], T)
    assert tally.look([claim], T)[0].settled == 10


def test_a_new_window_begins_empty_and_what_still_runs_stays_in_the_old_one():
    tally = Tally(100)
    lease = taken(tally.take([budget(T, T + DAY)], [5000], T)).lease
    tomorrow = budget(T + DAY, T + 2 * DAY)
    assert taken(tally.take([tomorrow], [5000], T + DAY)).standings[0].reserved == 5000
    tally.settle(lease, [5000], T + DAY)
    assert tally.look([tomorrow], T + DAY)[0].settled == 0


def test_a_clock_put_back_grants_no_window_twice():
    tally = Tally(100)
    taken(tally.take([budget(T + DAY, T + 2 * DAY)], [5000], T + DAY))
    assert isinstance(tally.take([budget(T, T + DAY)], [1], T), Refused)


def test_a_clock_put_forward_and_back_grants_no_window_twice(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clock, "wall_ns", lambda: T)
    monkeypatch.setattr(clock, "monotonic", lambda: 50.0)
    tally, claim = Tally(100), budget(T, T + DAY)
    tally.settle(taken(tally.take([claim], [5000], T)).lease, [5000], T)
    for second in range(5):
        tally.look([], T + 3 * DAY + second * SECOND)
    assert isinstance(tally.take([budget(T, T + DAY)], [1], T + SECOND), Refused)


def test_whole_cells_are_forgotten():
    tally = Tally(1000)
    for number in range(600):
        tally.take([Claim(f"address={number}", Law("bucket", 5, SECOND), sure=True)], [1], T)
    for second in range(2, 8):
        tally.look([], T + second * SECOND)
    assert len(tally) == 0


def test_a_full_table_forgets_the_rate_idle_longest_and_never_a_balance():
    tally = Tally(100)
    tally.settle(taken(tally.take([budget()], [5000], T)).lease, [5000], T)
    slow = Law("bucket", 1, DAY)
    for number in range(500):
        tally.take([Claim(f"address={number}", slow, sure=True)], [1], T + number)
    assert len(tally) <= 100
    assert isinstance(tally.take([Claim("address=499", slow, sure=True)], [1], T + 501), Refused)
    assert isinstance(tally.take([budget()], [1], T + 501), Refused)


def test_a_table_full_of_balances_refuses_another_and_takes_nothing():
    tally = Tally(100)
    for number in range(99):
        claim = Claim(f"budget={number}", BUDGET)
        tally.settle(taken(tally.take([claim], [1], T + number)).lease, [1], T + number)
    first, second = Claim("first", BUDGET), Claim("second", BUDGET)
    with pytest.raises(CountersLost, match="all 100 counters"):
        tally.take([first, second], [10, 10], T + 200)
    assert tally.look([first], T + 200)[0].reserved == 0


def test_equal_cells_of_other_claims_are_the_same_cell():
    tally = Tally(100)
    taken(tally.take([budget()], [4000], T))
    assert taken(tally.take([budget()], [1000], T)).standings[0].remaining == 0


def test_another_way_of_counting_begins_anew_and_harms_no_lease():
    tally = Tally(100)
    lease = taken(tally.take([budget()], [4000], T)).lease
    changed = Claim("budget", Law("concurrency", 3))
    assert taken(tally.take([changed], [3], T)).standings[0].remaining == 0
    tally.settle(lease, [4000], T)
    assert tally.look([changed], T)[0].reserved == 3


def test_a_balance_of_an_earlier_window_changes_nothing():
    tally = Tally(100)
    taken(tally.take([budget(T + DAY, T + 2 * DAY)], [1], T + DAY))
    tally.add([budget(T, T + DAY)], [4000], T + DAY)
    assert tally.look([budget(T + DAY, T + 2 * DAY)], T + DAY)[0].settled == 0
