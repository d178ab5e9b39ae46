"""Passwords of users, as rows: slow hashes, which nobody is shown and no worker is told."""

from sqlalchemy import Connection, delete, insert, select

from trigate.core.clock import clock
from trigate.store.audit import note
from trigate.store.directory import User
from trigate.store.login_row import end_all
from trigate.store.schema import passwords


def set_password(connection: Connection, user: User, hashed: str, actor: str) -> None:
    """Keep the hash of a user's password, in place of the one before; empty: none. Transactions must be power-safe.

    Whoever knew the one before is out: all logins of the user end, and with them the sessions of browsers.
    """
    connection.execute(delete(passwords).where(passwords.c.user == user.name))
    if hashed:
        connection.execute(insert(passwords).values(user=user.name, hash=hashed, changed=clock.wall_ns()))
    note(connection, actor, "update", "password", user.name, organisation=user.organisation)
    end_all(connection, user.name, actor, clock.wall_ns(), user.organisation)


def find_password(connection: Connection, user: str) -> str:
    """The hash, empty if there is none."""
    return connection.execute(select(passwords.c.hash).where(passwords.c.user == user)).scalar() or ""
