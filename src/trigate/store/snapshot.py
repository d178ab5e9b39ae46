"""What workers must know of identity, read at one moment."""

from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.sql import Select

from trigate.core.clock import clock
from trigate.store import schema
from trigate.store.directory import Agent, Document, Key, Organisation, Snapshot, Team, User
from trigate.store.identity import REVISION
from trigate.store.login_row import ended_logins
from trigate.store.row import TABLES, K, read_rows
from trigate.store.signer_row import list_signers


def read_revision(connection: Connection) -> int:
    """Grows with every change of identity; costs one row."""
    return connection.execute(select(schema.meta.c.number).where(schema.meta.c.name == REVISION)).scalar() or 0


def read_snapshot(connection: Connection, pepper: bytes) -> Snapshot:
    """Everything that is live at one revision, of all tenants."""
    return Snapshot(
        revision=read_revision(connection),
        pepper=pepper,
        organisations=_all(connection, Organisation),
        teams=_all(connection, Team),
        users=_all(connection, User),
        agents=_all(connection, Agent),
        keys=tuple(read_rows(connection, Key, _live())),
        documents=_all(connection, Document),
        signers=list_signers(connection, clock.wall_ns()),
        ended=ended_logins(connection, clock.wall_ns()),
    )


def read_key(connection: Connection, digest: bytes) -> Key | None:
    """The live key with this digest, None if there is none."""
    return next(iter(read_rows(connection, Key, _live().where(schema.keys.c.digest == digest))), None)


def _live() -> Select[Any]:
    table = schema.keys
    return select(table).where(table.c.revoked == 0, (table.c.expires == 0) | (table.c.expires > clock.wall_ns()))


def _all(connection: Connection, kind: type[K]) -> tuple[K, ...]:
    return tuple(read_rows(connection, kind, select(TABLES[kind])))
