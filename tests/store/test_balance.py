"""Balances: those of windows that have not ended, and no longer than they are needed."""

from tests.store.record import charge, record
from trigate.store.balance import Balance, current_balances, forget_balances
from trigate.store.ledger import read_entries, write_new
from trigate.store.store import Store


def test_only_windows_that_have_not_ended_count(store: Store):
    charges = [charge(1, "ended", 0, 50), charge(2, "open", 50, 150), charge(3, "endless", 0, 0)]
    entries, _, _ = read_entries([record("one", charges=charges)])
    with store.writing() as connection:
        write_new(connection, entries)
    with store.reading() as connection:
        found = sorted(current_balances(connection, 100), key=lambda each: each.cell)
    assert found == [Balance("endless", 0, 0, 3), Balance("open", 50, 150, 2)]
    with store.writing() as connection:
        assert forget_balances(connection, 100) == 1
    with store.reading() as connection:
        assert len(current_balances(connection, 1)) == 2
