"""Rows of shelves: bytes by shelf and key, each with the moment at which it ends."""

from sqlalchemy import Connection, and_, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from trigate.store.schema import shelves
from trigate.store.shelf_order import Order

STEP = 500
"""Most rows that one look for room removes."""


def find(connection: Connection, shelf: str, key: str, now: int) -> bytes | None:
    """The value of a key, unless it has ended; `now` in nanoseconds since the epoch."""
    rows = select(shelves.c.value).where(shelves.c.shelf == shelf, shelves.c.key == key, shelves.c.ends > now)
    return connection.execute(rows).scalar()


def put(connection: Connection, order: Order, value: bytes, now: int) -> None:
    """Keep a value in place of the one that is there."""
    drop(connection, order.shelf, order.key)
    ends = now + int(order.seconds * 1_000_000_000)
    row = {"shelf": order.shelf, "key": order.key, "ends": ends, "size": len(value), "value": value}
    try:
        with connection.begin_nested():
            connection.execute(insert(shelves).values(**row))
    except IntegrityError:
        return  # another machine has put its own at the same moment: that one holds


def drop(connection: Connection, shelf: str, key: str) -> int:
    """Forget one; how many there were."""
    return connection.execute(delete(shelves).where(shelves.c.shelf == shelf, shelves.c.key == key)).rowcount


def clear(connection: Connection, shelf: str, beginning: str) -> int:
    """Forget all whose keys begin so; how many there were."""
    chosen = and_(shelves.c.shelf == shelf, shelves.c.key.startswith(beginning, autoescape=True))
    return connection.execute(delete(shelves).where(chosen)).rowcount


def trim(connection: Connection, shelf: str, room: int, now: int) -> int:
    """Forget what has ended, and of the rest what ends first, until it fits into `room` bytes; how many rows went."""
    gone = connection.execute(delete(shelves).where(shelves.c.shelf == shelf, shelves.c.ends <= now)).rowcount
    held = connection.execute(select(func.sum(shelves.c.size)).where(shelves.c.shelf == shelf)).scalar() or 0
    while held > room:
        columns = select(shelves.c.key, shelves.c.size).where(shelves.c.shelf == shelf)
        first: list[str] = []
        for key, size in connection.execute(columns.order_by(shelves.c.ends).limit(STEP)):
            if held <= room:
                break
            first.append(key)
            held -= size
        if not first:
            break
        gone += connection.execute(delete(shelves).where(shelves.c.shelf == shelf, shelves.c.key.in_(first))).rowcount
    return gone
