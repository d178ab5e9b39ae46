"""Logins, as rows: begun, renewed, listed and ended; an end is told to every worker with the next revision."""

from collections.abc import Mapping

from sqlalchemy import Connection, insert, select, update

from trigate.core.errors import UnknownName
from trigate.store.audit import note
from trigate.store.login import Login
from trigate.store.schema import logins, meta
from trigate.store.slip_row import drop_slips

REVISION = "revision"
"""Of identity: what workers are told anew when it grows."""
TOLD_NS = 26 * 3600 * 10**9
"""How long workers are told of an end: longer than any token of it lives."""
PAGE = 1000
NOTHING: Mapping[str, str] = {}
_COLUMNS = [logins.c[name] for name in Login.__struct_fields__]


def begin_login(connection: Connection, login: Login) -> None:
    """A new one; the transaction must be power-safe."""
    connection.execute(insert(logins).values(**{name: getattr(login, name) for name in Login.__struct_fields__}))
    detail = {"client": login.client, "resource": login.resource, "scope": login.scope, "how": login.how}
    actor = f"user:{login.user}" if login.user else f"client:{login.client}"
    note(connection, actor, "create", "login", login.id, organisation=login.organisation, detail=detail)


def find_login(connection: Connection, id: str, now: int) -> Login | None:
    """The one of this id, unless it has ended or expired."""
    live = select(*_COLUMNS).where(logins.c.id == id, logins.c.ended == 0, logins.c.expires > now)
    row = connection.execute(live).mappings().first()
    return None if row is None else Login(**row)


def turn_login(connection: Connection, login: Login, now: int, expires: int) -> bool:
    """Exchange its refresh token for the next one; whether this caller did, of all that try."""
    same = update(logins).where(logins.c.id == login.id, logins.c.generation == login.generation, logins.c.ended == 0)
    turned = same.values(generation=login.generation + 1, turned=now, used=now, expires=expires)
    return connection.execute(turned).rowcount == 1


def end_login(connection: Connection, id: str, actor: str, now: int, organisation: str | None = None) -> Login:
    """End it, for good; ending it again changes nothing. Raises UnknownName for what is not there, or not visible."""
    query = select(*_COLUMNS).where(logins.c.id == id)
    if organisation is not None:
        query = query.where(logins.c.organisation == organisation)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise UnknownName(f"there is no login {id!r}")
    found = Login(**row)
    if not found.ended:
        connection.execute(update(logins).where(logins.c.id == id).values(ended=now))
        bump(connection)
        note(connection, actor, "revoke", "login", id, organisation=found.organisation, detail={"user": found.user})
    return found


def end_all(connection: Connection, user: str, actor: str, now: int, organisation: str = "") -> None:
    """End every login of a user, the sessions of browsers and the codes that nobody has redeemed yet among them."""
    live = update(logins).where(logins.c.user == user, logins.c.ended == 0, logins.c.expires > now)
    count = connection.execute(live.values(ended=now)).rowcount
    slips = drop_slips(connection, user)
    if count:
        bump(connection)
    if count or slips:
        note(connection, actor, "revoke", "logins", user, organisation=organisation, detail={"logins": count})


def list_logins(
    connection: Connection, now: int, organisation: str | None = None, equal: Mapping[str, str] = NOTHING
) -> list[Login]:
    """Those that hold, the newest first; of one organisation only if told, filtered by columns such as `user`."""
    query = select(*_COLUMNS).where(logins.c.ended == 0, logins.c.expires > now)
    if organisation is not None:
        query = query.where(logins.c.organisation == organisation)
    for column, value in equal.items():
        query = query.where(logins.c[column] == value)
    rows = connection.execute(query.order_by(logins.c.created.desc(), logins.c.id).limit(PAGE)).mappings()
    return [Login(**row) for row in rows]


def ended_logins(connection: Connection, now: int) -> tuple[str, ...]:
    """Ids of those whose tokens may still be in use."""
    recent = select(logins.c.id).where(logins.c.ended > now - TOLD_NS).order_by(logins.c.id)
    return tuple(connection.execute(recent).scalars())


def bump(connection: Connection) -> None:
    """Have every worker told anew."""
    connection.execute(update(meta).where(meta.c.name == REVISION).values(number=meta.c.number + 1))
