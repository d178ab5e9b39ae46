"""Retention: old rows go, a few at a time, and what is young or kept for ever stays."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from tests.store.record import DAY, charge, record
from tests.store.stopwatch import Stopwatch
from trigate.core.clock import clock
from trigate.core.settings import Duration
from trigate.store import audit, retention, schema, shelf_row
from trigate.store.feedback import write_opinions
from trigate.store.ledger import read_entries, write_new
from trigate.store.opinion import Opinion
from trigate.store.retention import Pace, prune
from trigate.store.settings import RetentionSettings
from trigate.store.shelf_order import Order
from trigate.store.store import Store


def fill(store: Store, days: range) -> None:
    entries, _, _ = read_entries([record(f"{day:09d}", time=day * DAY) for day in days])
    with store.writing() as connection:
        write_new(connection, entries)


def times(store: Store) -> list[int]:
    with store.reading() as connection:
        return [each // DAY for each in connection.execute(select(schema.ledger.c.time).order_by("time")).scalars()]


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which goes on by as much at every look."""
    time = [0.0, 0.0]

    def look() -> float:
        time[0] += time[1]
        return time[0]

    monkeypatch.setattr(clock, "monotonic", look)
    return time


def test_rows_older_than_the_settings_go_in_steps(store: Store, held: list[float]):
    held[1] = retention.AIM_SECONDS / 2  # as long as it should take
    fill(store, range(10))
    now, pace = 90 * DAY + 7 * DAY, Pace(4)
    assert prune(store, now, pace) is True
    assert times(store) == [4, 5, 6, 7, 8, 9]
    assert prune(store, now, pace) is False
    assert times(store) == [7, 8, 9]
    assert prune(store, now, pace) is False


def test_a_step_has_as_many_rows_as_there_is_time_for(held: list[float]):
    pace = Pace(100)
    for took, rows in ((0.001, 200), (0.002, 400), (0.009, 400), (0.011, 200), (5, 100)):
        held[1] = took
        with pace.step():
            pass
        assert pace.rows == rows
    for took, rows in ((9, retention.FEWEST), (0, retention.MOST)):
        held[1] = took
        for _ in range(20):
            with pace.step():
                pass
        assert pace.rows == rows


def test_nothing_goes_where_rows_are_kept_for_ever(open_sqlite: Callable[..., Store]):
    store = open_sqlite(retention=RetentionSettings(ledger=Duration(0), audit=Duration(0)))
    fill(store, range(3))
    assert prune(store, 10_000 * DAY, Pace()) is False
    assert len(times(store)) == 3


def test_what_is_left_of_the_audit_is_still_a_chain(store: Store, monkeypatch: pytest.MonkeyPatch):
    moments = iter(range(0, 1000 * DAY, 100 * DAY))
    monkeypatch.setattr("trigate.store.audit.clock.wall_ns", lambda: next(moments))
    for _ in range(6):
        with store.writing("power_safe") as connection:
            audit.note(connection, "root", "create", "team", "t")
    prune(store, 700 * DAY, Pace())
    with store.reading() as connection:
        assert [each.number for each in audit.acts(connection)] == [6, 5, 4]
        assert audit.first_broken(connection) == 0


def test_balances_of_windows_long_ended_go(store: Store):
    entries, _, _ = read_entries([record("a", charges=[charge(1, "old", 0, DAY), charge(2, "endless", 0, 0)])])
    with store.writing() as connection:
        write_new(connection, entries)
    prune(store, 40 * DAY, Pace())
    with store.reading() as connection:
        assert connection.execute(select(schema.balances.c.cell)).scalars().all() == ["endless"]


@pytest.mark.proof
@pytest.mark.timeout(1800)
def test_inserts_into_a_million_rows_wait_no_longer_than_100_ms_while_old_ones_go(store: Store):
    for start in range(0, 1_000_000, 10_000):
        rows = [record(f"{number:024x}", time=number * 10**6) for number in range(start, start + 10_000)]
        with store.writing() as connection:
            write_new(connection, read_entries(rows)[0])
    waits, number, pruning, pace = list[float](), 10**7, True, Pace()
    while pruning:
        number += 1
        entries, _, _ = read_entries([record(f"{number:024x}", time=10**18)])
        watch = Stopwatch()
        pruning = prune(store, 90 * DAY + 10**12, pace)  # as in the ledger's thread: a step stands before the new row
        with store.writing() as connection:
            write_new(connection, entries)
        waits.append(watch.seconds())
    with store.reading() as connection:
        left = connection.execute(select(func.count()).select_from(schema.ledger)).scalar_one()
    longest = [round(each * 1000, 1) for each in sorted(waits)[-5:]]
    print(f"{len(waits)} inserts, the longest {longest} ms, {left} rows left")
    assert left == len(waits)
    assert max(waits) <= 0.1


def test_feedback_goes_with_the_ledger_and_a_transcript_when_it_says_so(store: Store):
    with store.writing() as connection:
        write_opinions(connection, [Opinion(request="a", time=day * DAY, key=f"k{day}") for day in (1, 8)])
        row = {
            name: "" for name in ("request", "key", "user", "team", "organisation", "model", "target", "outcome")
        } | {"time": DAY, "size": 1, "sealed": b"x"}
        rows = [row | {"id": "old", "expires": 96 * DAY}, row | {"id": "young", "expires": 98 * DAY}]
        connection.execute(schema.transcripts.insert(), rows)
    prune(store, 97 * DAY, Pace())
    with store.reading() as connection:
        assert connection.execute(select(schema.feedback.c.key)).scalars().all() == ["k8"]
        assert connection.execute(select(schema.transcripts.c.id)).scalars().all() == ["young"]


def test_what_has_ended_on_a_shelf_goes_in_steps_and_nothing_else_does(store: Store, held: list[float]):
    held[1] = retention.AIM_SECONDS / 2
    with store.writing() as connection:
        for number in range(6):
            shelf_row.put(connection, Order("put", "s", f"k{number}", seconds=number + 1), b"1", 0)
    pace = Pace(3)
    assert prune(store, 4 * 10**9, pace) is True
    assert prune(store, 4 * 10**9, pace) is False
    with store.reading() as connection:
        found = [shelf_row.find(connection, "s", f"k{number}", 0) for number in range(6)]
    assert found == [None] * 4 + [b"1"] * 2
