"""Between the words of identity and their rows."""

from collections.abc import Iterator
from typing import Any, TypeVar, cast

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Table, select
from sqlalchemy.sql import ColumnElement, Select

from trigate.store import schema
from trigate.store.directory import Agent, Document, Key, Organisation, Team, User

Known = Organisation | Team | User | Agent | Key | Document
K = TypeVar("K", bound=Known)

TABLES: dict[type[Struct], Table] = {
    Organisation: schema.organisations,
    Team: schema.teams,
    User: schema.users,
    Agent: schema.agents,
    Key: schema.keys,
    Document: schema.documents,
}
_SECRET = ("digest", "previous", "body")
"""What an audit row never repeats."""


def word(kind: type[Struct]) -> str:
    """How messages call a row of this kind."""
    return kind.__name__.lower()


def tenant_of(row: Known) -> str:
    """The organisation a row belongs to; an organisation belongs to itself."""
    return row.name if isinstance(row, Organisation) else row.organisation


def owners_of(row: Known) -> Iterator[tuple[type[Organisation | Team | User | Agent], str]]:
    """The rows that this one names."""
    for kind in (Organisation, Team, User, Agent):
        name = getattr(row, word(kind), "")
        if name and not isinstance(row, kind):
            yield kind, name
    for team in getattr(row, "teams", ()):
        yield Team, team


def columns_of(row: Known) -> dict[str, Any]:
    """The row's own columns; the teams of a user are rows of another table."""
    values = msgspec.structs.asdict(row)
    values.pop("teams", None)
    return values


def shown_of(row: Known) -> dict[str, Any]:
    """What the audit says of a row: what is set, without secrets."""
    defaults = type(row).__struct_defaults__
    unset = dict(zip(type(row).__struct_fields__[-len(defaults) :], defaults, strict=True)) if defaults else {}
    return {
        name: value
        for name, value in msgspec.structs.asdict(row).items()
        if name not in (*_SECRET, "name", "organisation") and value != unset.get(name)
    }


def identifies(row: Known) -> ColumnElement[bool]:
    """The condition that only this row meets."""
    table = TABLES[type(row)]
    condition = table.c.id == row.id if isinstance(row, Key) else table.c.name == row.name
    return condition & (table.c.kind == row.kind) if isinstance(row, Document) else condition


def read_rows(connection: Connection, kind: type[K], query: Select[Any]) -> list[K]:
    """What a query over the whole table of `kind` finds."""
    names = [name for name in kind.__struct_fields__ if name != "teams"]
    found = connection.execute(query.with_only_columns(*(TABLES[kind].c[name] for name in names))).mappings().all()
    if kind is not User:
        return [kind(**row) for row in found]
    teams = _teams(connection, query) if found else {}
    users = [User(**row, teams=tuple(teams.get(row["name"], ()))) for row in found]
    return cast("list[K]", users)


def _teams(connection: Connection, query: Select[Any]) -> dict[str, list[str]]:
    table = schema.memberships
    members = query.with_only_columns(schema.users.c.name).subquery()
    joined = select(table).where(table.c.user.in_(select(members))).order_by(table.c.team)
    teams: dict[str, list[str]] = {}
    for user, team in connection.execute(joined):
        teams.setdefault(user, []).append(team)
    return teams
