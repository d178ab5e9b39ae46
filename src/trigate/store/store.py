"""The store itself: the database with its tables, its pepper and its vault, opened when it is first needed."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import TypeVar

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from trigate.core.errors import StoreUnavailable
from trigate.store import audit, schema
from trigate.store.database import Database, Durability
from trigate.store.directory import Key, Snapshot, digest_secret
from trigate.store.identity import REVISION, Actor, Identity
from trigate.store.master_key import condense, new_pepper, open_pepper, read_master_key
from trigate.store.settings import StoreSettings
from trigate.store.snapshot import read_key, read_revision, read_snapshot
from trigate.store.vault import Vault

T = TypeVar("T")
PEPPER = "pepper"


class Store:
    """Rows, for threads that may wait; the event loop goes through `Keeper`."""

    def __init__(self, settings: StoreSettings) -> None:
        """Touches nothing yet; raises BadConfig for settings that cannot be used."""
        self.settings = settings
        self.database = Database(settings)
        self._opening = threading.Lock()
        self._opened = False
        self._master: bytes | None = None

    def open(self) -> None:
        """See that the tables are there, and make those of an empty SQLite file.

        Raises BadConfig for a schema of another version, StoreUnavailable if the database cannot be reached.
        """
        with self._opening:
            if not self._opened:
                self.database.open()
                self._begin()
                self._opened = True

    @contextmanager
    def writing(self, durability: Durability = "standard") -> Generator[Connection]:
        """A transaction that may write (Database.writing); opens the store if need be."""
        self.open()
        with self._watched(), self.database.writing(durability) as connection:
            yield connection

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """A transaction that reads (Database.reading); opens the store if need be."""
        self.open()
        with self._watched(), self.database.reading() as connection:
            yield connection

    def change(self, actor: Actor, work: Callable[[Identity], T]) -> T:
        """Run `work` on identity, power-safe: when this returns, it is done for good."""
        self.open()
        with self.writing("power_safe") as connection:
            return work(Identity(connection, actor, self._pepper(connection) or self._make_pepper(connection)))

    def look(self, actor: Actor, work: Callable[[Identity], T]) -> T:
        """Run `work` on identity without changing anything."""
        with self.reading() as connection:
            return work(Identity(connection, actor, b""))

    def revision(self) -> int:
        """The revision of identity."""
        with self.reading() as connection:
            return read_revision(connection)

    def snapshot(self) -> Snapshot:
        """All of identity that is live; raises VaultSealed for a wrong master key."""
        with self.reading() as connection:
            return read_snapshot(connection, self._pepper(connection))

    def holder(self, secret: str) -> Key | None:
        """The valid key with this secret, None if there is none; raises VaultSealed for a wrong master key."""
        with self.reading() as connection:
            pepper = self._pepper(connection)
            return read_key(connection, digest_secret(pepper, secret.encode())) if pepper else None

    @contextmanager
    def vault(self, actor: str = "") -> Generator[Vault]:
        """The vault, for changes by `actor`, or for reading if there is none."""
        transaction = self.writing("power_safe") if actor else self.reading()
        with transaction as connection:
            yield Vault(connection, self.master, actor)

    def entrust(self, text: str, actor: str) -> int:
        """Seal everything anew for the master key `text`, which the settings must hold from then on.

        All of it or nothing; how many secrets there are. Raises BadConfig for a text that is too short.
        """
        fresh = condense(text)
        with self.writing("power_safe") as connection:
            if pepper := self._pepper(connection):
                sealed = new_pepper(fresh, pepper)
                connection.execute(update(schema.meta).where(schema.meta.c.name == PEPPER).values(data=sealed))
            vault = Vault(connection, self.master, actor)
            count = vault.rotate()
            vault.entrust(fresh)
        self._master = fresh
        return count

    @property
    def master(self) -> bytes:
        """The master key; raises BadConfig if there is none to be had."""
        if self._master is None:
            self._master = read_master_key(self.settings)
        return self._master

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()

    def _begin(self) -> None:
        with self.database.reading() as connection:
            known = set(connection.execute(select(schema.meta.c.name)).scalars())
        if missing := {REVISION, audit.HEAD} - known:
            with self.database.writing("power_safe") as connection:
                known = set(connection.execute(select(schema.meta.c.name)).scalars())
                for name in sorted(missing - known):
                    _insert_once(connection, name, None)

    def _pepper(self, connection: Connection) -> bytes:
        """The key of digests; empty where nobody was ever made known, so that no cipher need be loaded to say so."""
        sealed = connection.execute(select(schema.meta.c.data).where(schema.meta.c.name == PEPPER)).scalar()
        return open_pepper(self.master, sealed) if sealed is not None else b""

    def _make_pepper(self, connection: Connection) -> bytes:
        _insert_once(connection, PEPPER, new_pepper(self.master))
        return self._pepper(connection)

    @contextmanager
    def _watched(self) -> Generator[None]:
        # After a fault the tables are looked at anew: the database may have been restored, wiped or moved.
        try:
            yield
        except StoreUnavailable:
            self._opened = False
            raise


def _insert_once(connection: Connection, name: str, data: bytes | None) -> None:
    # Another process may do so at the same moment; what it wrote first holds.
    with suppress(IntegrityError), connection.begin_nested():
        connection.execute(insert(schema.meta).values(name=name, number=0, data=data))
