"""Balances: what each budget has settled in its windows, for whoever begins to count anew."""

from msgspec import Struct
from sqlalchemy import Connection, delete, select

from trigate.store.schema import balances


class Balance(Struct, frozen=True):
    """What one cell of a budget has settled in one window."""

    cell: str
    start: int
    """Nanoseconds since the epoch."""
    end: int
    """0 for a window that never ends."""
    amount: int
    """In the budget's own unit; money in nano-dollars."""


def current_balances(connection: Connection, now: int) -> list[Balance]:
    """The balances of all windows that have not ended at `now`."""
    names = [balances.c[name] for name in Balance.__struct_fields__]
    query = select(*names).where((balances.c.end == 0) | (balances.c.end > now))
    return [Balance(*row) for row in connection.execute(query)]


def forget_balances(connection: Connection, before: int) -> int:
    """Remove what ended before a moment; how many there were."""
    return connection.execute(delete(balances).where(balances.c.end > 0, balances.c.end < before)).rowcount
