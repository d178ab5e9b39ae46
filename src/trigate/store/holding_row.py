"""What providers keep for callers, as rows: each owner's own, in the order in which it came."""

from collections.abc import Sequence

from sqlalchemy import Connection, and_, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from trigate.core.clock import clock
from trigate.core.errors import NameConflict
from trigate.store.holding import Holding
from trigate.store.schema import holdings

_COLUMNS = [holdings.c[name] for name in Holding.__struct_fields__]


def put_holding(connection: Connection, holding: Holding) -> None:
    """Keep a new one; raises NameConflict if there is one of this id."""
    row = {name: getattr(holding, name) for name in Holding.__struct_fields__}
    try:
        connection.execute(insert(holdings).values(**row | {"time": holding.time or clock.wall_ns()}))
    except IntegrityError:
        raise NameConflict("this is known already") from None


def find_holding(connection: Connection, id: str, owner: str) -> Holding | None:
    """The owner's one of this id."""
    row = connection.execute(select(*_COLUMNS).where(_is(id, owner))).mappings().first()
    return None if row is None else Holding(**row)


def list_holdings(
    connection: Connection, kind: str, owner: str, limit: int, cursor: str = "", *, ascending: bool = False
) -> list[Holding]:
    """The owner's, newest first unless `ascending`; those behind the one with the id `cursor`, if there is one."""
    query = select(*_COLUMNS).where(holdings.c.kind == kind, holdings.c.owner == owner)
    time, id = holdings.c.time, holdings.c.id
    if cursor:
        found = find_holding(connection, cursor, owner)
        if found is None:
            return []
        beyond = time > found.time if ascending else time < found.time
        further = id > found.id if ascending else id < found.id
        query = query.where(or_(beyond, and_(time == found.time, further)))
    order = (time, id) if ascending else (time.desc(), id.desc())
    return [Holding(**row) for row in connection.execute(query.order_by(*order).limit(limit)).mappings()]


def list_unsettled(connection: Connection, kinds: Sequence[str], limit: int) -> list[Holding]:
    """Of all owners, the oldest first, without what is known of them."""
    columns = [each for each in _COLUMNS if each.name != "body"]
    query = select(*columns).where(holdings.c.settled == 0, holdings.c.kind.in_(kinds))
    found = connection.execute(query.order_by(holdings.c.time, holdings.c.id).limit(limit)).mappings()
    return [Holding(**row) for row in found]


def note_holding(connection: Connection, id: str, owner: str, body: bytes) -> bool:
    """Know something else of it from now on; whether it is there."""
    return connection.execute(update(holdings).where(_is(id, owner)).values(body=body)).rowcount == 1


def settle_holding(connection: Connection, id: str, owner: str) -> bool:
    """Count its cost: true for one caller of this alone, however many there are."""
    unsettled = update(holdings).where(_is(id, owner), holdings.c.settled == 0)
    return connection.execute(unsettled.values(settled=clock.wall_ns())).rowcount == 1


def drop_holding(connection: Connection, id: str, owner: str) -> bool:
    """Forget it; whether it was there."""
    return connection.execute(delete(holdings).where(_is(id, owner))).rowcount == 1


def _is(id: str, owner: str):
    return and_(holdings.c.id == id, holdings.c.owner == owner)
