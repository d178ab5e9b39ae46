"""Connections as rows; what proves them lies in the vault, sealed for the row that it belongs to."""

import os
from contextlib import suppress
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection as Database
from sqlalchemy import delete, insert, select, update
from sqlalchemy.sql import ColumnElement

from trigate.core.connection import Connection
from trigate.core.errors import UnknownName
from trigate.store.audit import note
from trigate.store.schema import connections, secrets
from trigate.store.vault import Vault

PURPOSE = "connection"
_COLUMNS = [connections.c[name] for name in Connection.__struct_fields__]


def find_connection(vault: Vault, server: str, subject: str) -> tuple[Connection, str] | None:
    """The connection of a subject to a server, and its secret."""
    return _find(vault, (connections.c.server == server) & (connections.c.subject == subject))


def get_connection(vault: Vault, id: str) -> tuple[Connection, str] | None:
    """The connection of this id, and its secret."""
    return _find(vault, connections.c.id == id)


def put_connection(vault: Vault, row: Connection, secret: str) -> Connection:
    """Keep a connection in place of the one that its subject has to its server; the vault is open for changes."""
    database, known = vault.connection, find_connection(vault, row.server, row.subject)
    made = replace(row, id=known[0].id if known else os.urandom(8).hex())
    values = {name: getattr(made, name) for name in Connection.__struct_fields__}
    if known:
        database.execute(update(connections).where(connections.c.id == made.id).values(**values))
    else:
        database.execute(insert(connections).values(**values))
        _note(database, vault.actor, "create", made)
    vault.put(_place(made.id), secret, PURPOSE)
    return made


def drop_connection(vault: Vault, id: str) -> bool:
    """Forget a connection and its secret; whether there was one."""
    rows = list_connections(vault, id=id)
    if not rows:
        return False
    vault.connection.execute(delete(connections).where(connections.c.id == id))
    with suppress(UnknownName):  # if it was taken out of the vault before
        vault.delete(_place(id))
    _note(vault.connection, vault.actor, "delete", rows[0])
    return True


def drop_connections(database: Database, subject: str, actor: str) -> list[Connection]:
    """Forget every connection of a subject that is no more, with its secrets, for which no vault must be open."""
    found = _list(database, subject=subject)
    for each in found:
        database.execute(delete(connections).where(connections.c.id == each.id))
        database.execute(delete(secrets).where(secrets.c.name == _place(each.id)))
        _note(database, actor, "delete", each)
    return found


def list_connections(vault: Vault, **equal: str) -> list[Connection]:
    """Connections in the order of servers and subjects; `equal` filters by columns, such as `user="ada"`."""
    return _list(vault.connection, **equal)


def _list(database: Database, **equal: str) -> list[Connection]:
    query = select(*_COLUMNS).order_by(connections.c.server, connections.c.subject)
    for column, value in equal.items():
        query = query.where(connections.c[column] == value)
    return [Connection(**row) for row in database.execute(query).mappings()]


def _find(vault: Vault, condition: ColumnElement[bool]) -> tuple[Connection, str] | None:
    row: Any = vault.connection.execute(select(*_COLUMNS).where(condition)).mappings().one_or_none()
    if row is None:
        return None
    found = Connection(**row)
    try:
        return found, vault.get(_place(found.id))
    except UnknownName:
        return None


def _place(id: str) -> str:
    return f"connection/{id}"


def _note(database: Database, actor: str, act: str, row: Connection) -> None:
    detail = {"server": row.server, "subject": row.subject, "issuer": row.issuer, "scope": row.scope}
    note(database, actor, act, "connection", row.id, organisation=row.organisation, detail=detail)
