"""Settlement: records become rows exactly once, whatever happens to the store in between."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from tests.process.test_delivery import until
from tests.store.record import DAY, charge, record
from trigate.core.clock import clock
from trigate.core.errors import StoreUnavailable
from trigate.process import delivery
from trigate.process.delivery import Delivery
from trigate.process.settlement import Settlement
from trigate.store import feedback, ledger, schema
from trigate.store.balance import current_balances
from trigate.store.blank import is_blank
from trigate.store.opinion import Opinion, encode
from trigate.store.settings import SpoolSettings, StoreSettings
from trigate.store.spool import FileSpool
from trigate.store.spool_reader import SpoolReader
from trigate.store.store import Store


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """The day after the records were made: nothing is old enough to be removed."""
    monkeypatch.setattr(clock, "wall_ns", lambda: 6 * DAY)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(StoreSettings(directory=str(tmp_path)))
    yield opened
    opened.close()


def ids(store: Store) -> list[str]:
    with store.reading() as connection:
        return sorted(connection.execute(select(schema.ledger.c.id)).scalars())


def balance(store: Store) -> int:
    with store.reading() as connection:
        return sum(each.amount for each in current_balances(connection, 1))


def test_a_batch_that_comes_again_changes_nothing(store: Store):
    settlement = Settlement(lambda: store)
    settlement.write([record("a", charges=[charge(1)]), record("b", charges=[charge(2)])])
    settlement.write([record("b", charges=[charge(2)]), record("c", charges=[charge(4)])])
    assert (ids(store), balance(store)) == (["a", "b", "c"], 7)


def test_feedback_is_kept_once_and_waits_for_a_store_that_is_not_there(
    store: Store, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    said, write = encode(Opinion(request="a", time=5 * DAY, key="ci", team="a", score=1)), feedback.write_opinions

    def fail(*_: object) -> None:
        raise StoreUnavailable("gone")

    settlement = Settlement(lambda: store)
    monkeypatch.setattr(feedback, "write_opinions", fail)
    with pytest.raises(StoreUnavailable):
        settlement.write([record("a"), said])
    assert settlement.pending
    assert "cannot be read" not in capfd.readouterr().err
    monkeypatch.setattr(feedback, "write_opinions", write)
    settlement.write(())
    settlement.write([said])
    with store.reading() as connection:
        assert len(feedback.list_opinions(connection, 0, 10 * DAY, {})) == 1
    assert ids(store) == ["a"]


def test_feedback_that_the_database_does_not_take_holds_up_nothing(store: Store):
    store.open()
    with store.writing() as connection:
        connection.execute(text("CREATE TRIGGER t BEFORE INSERT ON feedback BEGIN SELECT RAISE(ABORT, 'no'); END"))
    settlement = Settlement(lambda: store)
    settlement.write([record("a"), encode(Opinion(request="a", time=1, key="ci"))])
    assert ids(store) == ["a"]
    assert not settlement.pending


def test_what_could_not_be_written_is_written_first(store: Store, monkeypatch: pytest.MonkeyPatch):
    settlement, write_new = Settlement(lambda: store), ledger.write_new

    def fail(*_: object) -> None:
        raise StoreUnavailable("gone")

    monkeypatch.setattr(ledger, "write_new", fail)
    with pytest.raises(StoreUnavailable):
        settlement.write([record("a", charges=[charge(1)])])
    assert settlement.pending
    monkeypatch.setattr(ledger, "write_new", write_new)
    settlement.write(())
    assert not settlement.pending
    assert (ids(store), balance(store)) == (["a"], 1)


def test_a_row_that_the_database_does_not_take_holds_up_no_other(store: Store):
    store.open()
    with store.writing() as connection:
        connection.execute(
            text("CREATE TRIGGER t BEFORE INSERT ON ledger WHEN NEW.id = 'c' BEGIN SELECT RAISE(ABORT, 'no'); END")
        )
    records = [record(letter, charges=[charge(1)]) for letter in "abcde"]
    Settlement(lambda: store).write(records)
    assert (ids(store), balance(store)) == (["a", "b", "d", "e"], 4)


def test_a_store_with_nothing_to_write_is_asked_whether_it_is_there(store: Store, monkeypatch: pytest.MonkeyPatch):
    settlement = Settlement(lambda: store)
    settlement.write(())

    def fail() -> int:
        raise StoreUnavailable("gone")

    monkeypatch.setattr(store, "revision", fail)
    settlement.write(())
    settlement._probed = float("-inf")  # pyright: ignore[reportPrivateUsage]
    with pytest.raises(StoreUnavailable):
        settlement.write(())


def test_a_store_is_not_begun_before_there_is_something_to_keep(tmp_path: Path):
    settings, opened = StoreSettings(directory=str(tmp_path)), list[Store]()

    def open_store() -> Store:
        opened[:] = opened or [Store(settings)]
        return opened[0]

    settlement = Settlement(open_store, lambda: is_blank(settings))
    settlement.write(())
    assert opened == []
    settlement.write([record("a", charges=[charge(1)])])
    settlement.write(())
    assert ids(opened[0]) == ["a"]
    opened[0].close()


def test_records_wait_in_the_spool_while_the_store_is_gone_and_come_once(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(delivery, "RETRY_SECONDS", 0.02)
    down = [True]

    def open_store() -> Store:
        if down:
            raise StoreUnavailable("gone")
        return store

    spool = FileSpool(tmp_path / "spool", SpoolSettings())
    working = Delivery(SpoolReader(tmp_path / "spool"), Settlement(open_store))
    for number in range(10):
        spool.append(record(f"{number}", charges=[charge(1)]))
    working.start()
    until(lambda: working.problem == "gone")
    assert not working.catch_up(0.05)
    down.clear()
    assert working.catch_up(5)
    working.stop()
    assert (len(ids(store)), balance(store), working.problem) == (10, 10, "")
    spool.close()


def test_old_rows_go_between_two_batches(store: Store, monkeypatch: pytest.MonkeyPatch):
    settlement = Settlement(lambda: store)
    settlement.write([record("a"), record("b", time=90 * DAY)])
    monkeypatch.setattr(clock, "wall_ns", lambda: 100 * DAY)
    settlement.write(())
    assert ids(store) == ["a", "b"], "once a minute is enough"
    settlement._prune_at = 0.0  # pyright: ignore[reportPrivateUsage]
    settlement.write(())
    assert ids(store) == ["b"]
