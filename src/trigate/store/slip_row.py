"""Slips, as rows: each is found by the digest of its secret, and what is good once is taken by one alone."""

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from trigate.core.errors import NameConflict
from trigate.store.login import Slip
from trigate.store.schema import slips

_COLUMNS = [slips.c[name] for name in Slip.__struct_fields__]


def put_slip(connection: Connection, slip: Slip, most: int = 0, now: int = 0) -> None:
    """Keep a new one; raises NameConflict if there is one of this digest, or are `most` of its kind that last longer.

    Of those that end no later than the new one, the first to end makes room: strangers who make many of them do not
    shut out everybody else.
    """
    if most and _count(connection, slip.kind, now) >= most:
        _make_room(connection, slip, now)
    row = {name: getattr(slip, name) for name in Slip.__struct_fields__}
    try:
        connection.execute(insert(slips).values(**row))
    except IntegrityError:
        raise NameConflict("this was kept before") from None


def find_slip(connection: Connection, digest: bytes, now: int) -> Slip | None:
    """The one of this digest, unless it has expired; `now` in nanoseconds since the epoch."""
    row = (
        connection.execute(select(*_COLUMNS).where(slips.c.digest == digest, slips.c.expires > now)).mappings().first()
    )
    return None if row is None else Slip(**row)


def take_slip(connection: Connection, digest: bytes, now: int) -> Slip | None:
    """Use what is good once: as it was before, so that whoever comes too late sees that it was taken."""
    found = find_slip(connection, digest, now)
    if found is None or found.taken:
        return found
    untaken = update(slips).where(slips.c.digest == digest, slips.c.taken == 0)
    if connection.execute(untaken.values(taken=now)).rowcount == 1:
        return found
    return find_slip(connection, digest, now)


def extend_slip(connection: Connection, digest: bytes, expires: int) -> None:
    """Keep it until then."""
    connection.execute(update(slips).where(slips.c.digest == digest).values(expires=expires))


def drop_slip(connection: Connection, digest: bytes) -> bool:
    """Forget it; whether it was there."""
    return connection.execute(delete(slips).where(slips.c.digest == digest)).rowcount == 1


def drop_slips(connection: Connection, user: str) -> int:
    """Forget all that act in the name of this user; how many they were."""
    return connection.execute(delete(slips).where(slips.c.user == user)).rowcount


def _make_room(connection: Connection, slip: Slip, now: int) -> None:
    holding = select(slips.c.digest).where(slips.c.kind == slip.kind, slips.c.expires > now)
    first = holding.where(slips.c.expires <= slip.expires).order_by(slips.c.expires, slips.c.digest).limit(1)
    digest = connection.execute(first).scalar_one_or_none()
    if digest is None:
        raise NameConflict(f"too many things of kind {slip.kind!r} are kept already")
    connection.execute(delete(slips).where(slips.c.digest == digest))


def _count(connection: Connection, kind: str, now: int) -> int:
    holding = select(func.count()).select_from(slips).where(slips.c.kind == kind, slips.c.expires > now)
    return connection.execute(holding).scalar_one()
