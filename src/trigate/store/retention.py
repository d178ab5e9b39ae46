"""Retention: what is older than the settings allow is removed, a few rows at a time."""

from typing import Any

from sqlalchemy import Column, Table, delete, select

from trigate.store.balance import forget_balances
from trigate.store.schema import audit, ledger, notices
from trigate.store.store import Store

STEP_ROWS = 200
"""Removed in one transaction; a new row waits no longer than that takes."""
_SECOND = 10**9
BALANCE_NS = 35 * 86_400 * _SECOND
"""How long the balance of a window that has ended stays: longer than any calendar window, for whoever looks back."""


def prune(store: Store, now: int) -> bool:
    """Remove one step of every kind of row; whether there may be more. Raises StoreUnavailable."""
    kept = store.settings.retention
    steps = (
        (ledger, ledger.c.id, kept.ledger),
        (notices, notices.c.id, kept.ledger),
        (audit, audit.c.number, kept.audit),
    )
    more = [_remove(store, table, name, now - int(age * _SECOND)) for table, name, age in steps if age]
    with store.writing() as connection:
        forget_balances(connection, now - BALANCE_NS)
    return any(more)


def _remove(store: Store, table: Table, name: Column[Any], before: int) -> bool:
    oldest = select(name).where(table.c.time < before).order_by(table.c.time).limit(STEP_ROWS)
    with store.reading() as connection:
        if connection.execute(oldest.limit(1)).first() is None:
            return False
    with store.writing() as connection:
        return connection.execute(delete(table).where(name.in_(oldest))).rowcount == STEP_ROWS
