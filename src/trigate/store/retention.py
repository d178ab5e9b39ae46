"""Retention: what is older than the settings allow is removed, a few rows at a time."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column, delete, select

from trigate.core.clock import clock
from trigate.store.balance import forget_balances
from trigate.store.login_row import TOLD_NS
from trigate.store.schema import approvals, audit, feedback, ledger, logins, notices, shelves, slips, transcripts
from trigate.store.store import Store

AIM_SECONDS = 0.01
"""What one transaction should take: a new row waits no longer than that."""
FEWEST, MOST = 10, 5000
"""Rows in one transaction, whatever it takes."""
_SECOND = 10**9
BALANCE_NS = 35 * 86_400 * _SECOND
"""How long the balance of a window that has ended stays: longer than any calendar window, for whoever looks back."""


class Pace:
    """How many rows are removed at a time, by how long that took: disks and servers differ, and so does their day."""

    def __init__(self, rows: int = 100) -> None:
        self.rows = rows

    @contextmanager
    def step(self) -> Generator[int]:
        """The rows of one step, which is the block."""
        began = clock.monotonic()
        yield self.rows
        took = clock.monotonic() - began
        if took > AIM_SECONDS:
            self.rows = max(self.rows // 2, FEWEST)
        elif took < AIM_SECONDS / 4:
            self.rows = min(self.rows * 2, MOST)


def prune(store: Store, now: int, pace: Pace) -> bool:
    """Remove one step of every kind of row; whether there may be more. Raises StoreUnavailable."""
    kept = store.settings.retention
    steps = (
        (ledger, ledger.c.id, kept.ledger),
        (notices, notices.c.id, kept.ledger),
        (audit, audit.c.number, kept.audit),
    )
    more = [_remove(store, name, table.c.time, now - int(age * _SECOND), pace) for table, name, age in steps if age]
    if kept.ledger:
        more.append(_remove(store, feedback.c.request, feedback.c.time, now - int(kept.ledger * _SECOND), pace))
    more.append(_remove(store, transcripts.c.id, transcripts.c.expires, now, pace))
    more.append(_remove(store, slips.c.digest, slips.c.expires, now, pace))
    more.append(_remove(store, logins.c.id, logins.c.expires, now - TOLD_NS, pace))
    if kept.audit:
        more.append(_remove(store, approvals.c.id, approvals.c.expires, now - int(kept.audit * _SECOND), pace))
    more.append(_remove_ended(store, now, pace))
    with store.writing() as connection:
        forget_balances(connection, now - BALANCE_NS)
    return any(more)


def _remove(store: Store, name: Column[Any], time: Column[int], before: int, pace: Pace) -> bool:
    oldest = select(name).where(time < before).order_by(time)
    with store.reading() as connection:
        if connection.execute(oldest.limit(1)).first() is None:
            return False
    with pace.step() as rows, store.writing() as connection:
        gone = delete(name.table).where(name.in_(oldest.limit(rows)), time < before)
        return connection.execute(gone).rowcount >= rows


def _remove_ended(store: Store, now: int, pace: Pace) -> bool:
    """Remove what has ended on shelves; no other thing of a shelf is touched."""
    ended = select(shelves.c.shelf, shelves.c.key).where(shelves.c.ends <= now).order_by(shelves.c.ends)
    with store.reading() as connection:
        if connection.execute(ended.limit(1)).first() is None:
            return False
    with pace.step() as rows, store.writing() as connection:
        found = connection.execute(ended.limit(rows)).all()
        for shelf, key in found:
            chosen = (shelves.c.shelf == shelf) & (shelves.c.key == key) & (shelves.c.ends <= now)
            connection.execute(delete(shelves).where(chosen))
        return len(found) == rows
