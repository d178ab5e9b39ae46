"""Passwords of users, as rows: slow hashes, which nobody is shown and no worker is told."""

from sqlalchemy import Connection, delete, insert, select

from trigate.core.clock import clock
from trigate.store.audit import note
from trigate.store.directory import User
from trigate.store.schema import passwords


def set_password(connection: Connection, user: User, hashed: str, actor: str) -> None:
    """Keep the hash of a user's password, in place of the one before; empty: none. Transactions must be power-safe."""
    connection.execute(delete(passwords).where(passwords.c.user == user.name))
    if hashed:
        connection.execute(insert(passwords).values(user=user.name, hash=hashed, changed=clock.wall_ns()))
    note(connection, actor, "update", "password", user.name, organisation=user.organisation)


def find_password(connection: Connection, user: str) -> str:
    """The hash, empty if there is none."""
    return connection.execute(select(passwords.c.hash).where(passwords.c.user == user)).scalar() or ""
