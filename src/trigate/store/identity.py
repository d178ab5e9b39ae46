"""Who is known, as rows: made, changed and removed in the name of an actor, who sees only what its tenant holds."""

import os
import secrets
import string
from collections.abc import Sequence
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, Table, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql import ColumnElement, Select

from trigate.core.clock import clock
from trigate.core.connection import Connection as Ended
from trigate.core.connection import Subject
from trigate.core.errors import NameConflict, UnknownName
from trigate.store import schema
from trigate.store.audit import note
from trigate.store.connection_row import drop_connections
from trigate.store.directory import PREFIX, Agent, Document, Key, Organisation, Team, User, digest_secret
from trigate.store.login_row import end_all
from trigate.store.row import TABLES, Known, columns_of, identifies, owners_of, read_rows, shown_of, tenant_of, word

REVISION = "revision"
SECRET_LETTERS = 40
"""238 bits."""
SHOWN_LETTERS = 10
"""How much of a secret, its `tg_` included, is kept to recognise it by."""
_LETTERS = string.digits + string.ascii_letters

Party = TypeVar("Party", bound=Organisation | Team | User | Agent)
Row = TypeVar("Row", bound=Organisation | Team | User | Agent | Key)

_DEPENDENTS: dict[type[Struct], tuple[type[Struct], ...]] = {
    Organisation: (Team, User, Agent, Key, Document),
    Team: (Agent, Key),
    User: (Key,),
    Agent: (Key,),
}
"""What stands in the way of removing a row, unless it is a key that no longer works."""
_FIXED = ("created",)
_FIXED_OF_KEYS = ("prefix", "digest", "previous", "previous_until", "revoked", "created", "created_by")


class Actor(Struct, frozen=True):
    """In whose name rows are read and changed."""

    name: str
    organisation: str | None = None
    """The tenant outside which nothing is seen or touched; None for an operator of all of them."""


class Identity:
    """The rows, inside one transaction; each change bumps the revision and leaves an audit row, all of it or nothing.

    Raises UnknownName for what is not there or not visible, NameConflict for what stands in the way.
    """

    def __init__(self, connection: Connection, actor: Actor, pepper: bytes) -> None:
        """`connection` is in a transaction, for changes a power-safe one; `pepper` is the key of the digests."""
        self._connection = connection
        self._actor = actor
        self._pepper = pepper

    # --- organisations, teams, users, agents -----------------------------------------------------------------------

    def create(self, row: Party) -> Party:
        """Add a row; what comes back has its moment, and the organisation of its team if it named none."""
        made = self._adopted(replace(row, created=clock.wall_ns()))
        self._insert(made)
        self._changed("create", made)
        return made

    def update(self, row: Row) -> Row:
        """Exchange all that may change of the row of this name; of a key, found by its id, the name may change, too."""
        old = self.get(type(row), row.id if isinstance(row, Key) else row.name)
        fixed = _FIXED_OF_KEYS if isinstance(row, Key) else _FIXED
        made = self._adopted(replace(row, **{name: getattr(old, name) for name in fixed}))
        if tenant_of(made) != tenant_of(old):
            raise NameConflict(f"{word(type(row))} {row.name!r} cannot move to another organisation")
        self._write(update(TABLES[type(made)]).where(identifies(made)).values(**columns_of(made)), made)
        self._join(made)
        self._changed("update", made)
        return made

    def delete(self, kind: type[Organisation | Team | User | Agent], name: str) -> list[Ended]:
        """Remove a row, and with it its keys that no longer work; whatever else belongs to it stands in the way.

        One of the same name who comes later is somebody else: so logins and connections end, which are given back.
        """
        row = self.get(kind, name)
        for dependent in _DEPENDENTS[kind]:
            self._clear(row, dependent)
        if kind is Team and (count := self._count(schema.memberships, schema.memberships.c.team == name)):
            raise NameConflict(f"team {name!r} still has {_counted(count, User)}: remove or move them first")
        self._connection.execute(delete(TABLES[kind]).where(identifies(row)))
        self._changed("delete", row)
        if kind is User:
            end_all(self._connection, name, self._actor.name, clock.wall_ns(), tenant_of(row))
        if kind is Organisation:
            return []
        return drop_connections(self._connection, Subject(tenant_of(row), **{word(kind): name}).name, self._actor.name)

    def get(self, kind: type[Row], name: str) -> Row:
        """The row of a name; a key is found by its id, too."""
        table = TABLES[kind]
        found = table.c.name == name
        rows = read_rows(
            self._connection, kind, self._visible(kind).where(found | (table.c.id == name) if kind is Key else found)
        )
        if not rows:
            raise UnknownName(f"there is no {word(kind)} {name!r}")
        return rows[0]

    def rows(self, kind: type[Row], *, after: str = "", limit: int = 1000, **equal: str) -> list[Row]:
        """Rows in the order of their names, those after a name; `equal` filters by columns, such as `team="a"`."""
        table = TABLES[kind]
        query = self._visible(kind).where(table.c.name > after).order_by(table.c.name).limit(limit)
        for column, value in equal.items():
            if kind is Key and column == "team" and value:
                query = query.where(_counts_to(value))
            else:
                query = query.where(table.c[column].is_(None) if value == "" else table.c[column] == value)
        return read_rows(self._connection, kind, query)

    # --- keys ------------------------------------------------------------------------------------------------------

    def create_key(self, wanted: Key) -> tuple[Key, str]:
        """A new key and its secret, which is not seen again; `wanted` says all but its id, digest and moment."""
        secret = _new_secret()
        made = self._adopted(
            replace(
                wanted, id=os.urandom(8).hex(), prefix=secret[:SHOWN_LETTERS], digest=self._digest(secret),
                previous=b"", previous_until=0, revoked=0, created=clock.wall_ns(),
                created_by=wanted.created_by or self._actor.name,
            )
        )  # fmt: skip
        self._insert(made)
        self._changed("create", made)
        return made, secret

    def with_teams(self, keys: Sequence[Key]) -> list[Key]:
        """The same keys, those of agents with the team to which their agent belongs at the moment."""
        agents = {each.agent for each in keys if each.agent and not each.team}
        table = schema.agents
        found = self._connection.execute(select(table.c.name, table.c.team).where(table.c.name.in_(agents)))
        teams = {name: team or "" for name, team in found}
        return [replace(each, team=each.team or teams.get(each.agent, "")) for each in keys]

    def rotate_key(self, name: str, grace: int = 0) -> tuple[Key, str]:
        """A new secret for a key; the one before is accepted for `grace` more nanoseconds."""
        old, secret = self.get(Key, name), _new_secret()
        if old.revoked:
            raise NameConflict(f"key {name!r} was revoked: create another one")
        made = replace(
            old, prefix=secret[:SHOWN_LETTERS], digest=self._digest(secret), previous=old.digest if grace > 0 else b"",
            previous_until=clock.wall_ns() + grace if grace > 0 else 0,
        )  # fmt: skip
        self._write(update(schema.keys).where(identifies(made)).values(**columns_of(made)), made)
        self._changed("rotate", made)
        return made, secret

    def revoke_key(self, name: str) -> Key:
        """End a key for good; its row stays for the record. Revoking it again changes nothing."""
        old = self.get(Key, name)
        if old.revoked:
            return old
        made = replace(old, revoked=clock.wall_ns())
        self._connection.execute(update(schema.keys).where(identifies(made)).values(revoked=made.revoked))
        self._changed("revoke", made)
        return made

    # --- documents -------------------------------------------------------------------------------------------------

    def put_document(self, document: Document) -> Document:
        """Make a document, or exchange the body of the one of this kind and name."""
        existing = self.documents(document.kind, document.name)
        if existing and existing[0].organisation != document.organisation:
            raise NameConflict(f"the name {document.name!r} is taken")
        made = self._adopted(replace(document, created=existing[0].created if existing else clock.wall_ns()))
        if existing:
            statement = update(schema.documents).where(identifies(made)).values(body=made.body)
            self._connection.execute(statement)
        else:
            self._insert(made)
        self._changed("update" if existing else "create", made)
        return made

    def documents(self, kind: str | None = None, name: str | None = None) -> list[Document]:
        """Documents in the order of their names, of one kind and name if told."""
        table = schema.documents
        query = self._visible(Document).order_by(table.c.kind, table.c.name)
        if kind is not None:
            query = query.where(table.c.kind == kind)
        if name is not None:
            query = query.where(table.c.name == name)
        return read_rows(self._connection, Document, query)

    def delete_document(self, kind: str, name: str) -> None:
        """Remove a document."""
        found = self.documents(kind, name)
        if not found:
            raise UnknownName(f"there is no {kind} document {name!r}")
        self._connection.execute(delete(schema.documents).where(identifies(found[0])))
        self._changed("delete", found[0])

    # --- what they share -------------------------------------------------------------------------------------------

    def _visible(self, kind: type[Struct]) -> Select[Any]:
        """Every query begins here: nobody forgets the tenant."""
        table = TABLES[kind]
        query = select(table)
        if self._actor.organisation is None:
            return query
        return query.where((table.c.name if kind is Organisation else table.c.organisation) == self._actor.organisation)

    def _adopted(self, row: Any) -> Any:
        """The row with the organisation of its owners; refuses to bind different tenants together."""
        owners: list[Organisation | Team | User | Agent] = [self.get(kind, name) for kind, name in owners_of(row)]
        if not tenant_of(row):
            row = replace(
                row,
                organisation=next((each for each in map(tenant_of, owners) if each), self._actor.organisation or ""),
            )
        if self._actor.organisation not in (None, tenant_of(row)):
            raise UnknownName(f"there is no organisation {tenant_of(row)!r}")
        for each in owners:
            if tenant_of(each) != tenant_of(row):
                raise NameConflict(f"{word(type(each))} {each.name!r} belongs to another organisation")
        return row

    def _insert(self, row: Known) -> None:
        self._write(TABLES[type(row)].insert().values(**columns_of(row)), row)
        self._join(row)

    def _write(self, statement: Any, row: Known) -> None:
        try:
            self._connection.execute(statement)
        except IntegrityError:
            raise NameConflict(f"the name {row.name!r} is taken") from None

    def _join(self, row: Known) -> None:
        if not isinstance(row, User):
            return
        table = schema.memberships
        self._connection.execute(delete(table).where(table.c.user == row.name))
        if row.teams:
            members = [{"user": row.name, "team": team} for team in dict.fromkeys(row.teams)]
            self._connection.execute(table.insert(), members)

    def _clear(self, row: Known, dependent: type[Struct]) -> None:
        table = TABLES[dependent]
        belongs = table.c[word(type(row))] == row.name
        if dependent is Key:
            ended = (table.c.expires > 0) & (table.c.expires < clock.wall_ns())
            self._connection.execute(delete(table).where(belongs, (table.c.revoked > 0) | ended))
        count = self._count(table, belongs)
        if count:
            told = f"{word(type(row))} {row.name!r} still has {_counted(count, dependent)}"
            raise NameConflict(f"{told}: remove or move them first")

    def _count(self, table: Table, condition: ColumnElement[bool]) -> int:
        return self._connection.execute(select(func.count()).select_from(table).where(condition)).scalar_one()

    def _changed(self, act: str, row: Known) -> None:
        meta = schema.meta
        self._connection.execute(update(meta).where(meta.c.name == REVISION).values(number=meta.c.number + 1))
        kind, tenant = word(type(row)), tenant_of(row)
        note(self._connection, self._actor.name, act, kind, row.name, organisation=tenant, detail=shown_of(row))

    def _digest(self, secret: str) -> bytes:
        return digest_secret(self._pepper, secret.encode())


def _counts_to(team: str) -> ColumnElement[bool]:
    """Of keys: theirs is this team, or they say none and their agent's is."""
    keys, agents = schema.keys, schema.agents
    members = select(agents.c.name).where(agents.c.team == team)
    return (keys.c.team == team) | (keys.c.team.is_(None) & keys.c.agent.in_(members))


def _new_secret() -> str:
    return PREFIX + "".join(secrets.choice(_LETTERS) for _ in range(SECRET_LETTERS))


def _counted(count: int, kind: type[Struct]) -> str:
    return f"{count} {word(kind)}{'' if count == 1 else 's'}"
