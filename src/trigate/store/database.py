"""The one door to the database: short transactions, one writer at a time, no wait longer than the settings allow."""

import os
import sqlite3
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from trigate.core.clock import clock
from trigate.core.errors import BadConfig, StoreUnavailable
from trigate.store import version
from trigate.store.schema import TABLES, speak_postgresql
from trigate.store.settings import StoreSettings

Durability = Literal["standard", "power_safe"]
"""*standard* survives the death of every process, *power_safe* the loss of power, too."""

CONNECTIONS = 6
"""Most connections of one gateway to a PostgreSQL server."""
STATEMENT_SECONDS = 60
"""Longest time for one statement on a PostgreSQL server."""
_AGAIN_SECONDS = 0.005


class Database:
    """Gives out transactions. Every method may be used from any thread, and may block: never call it on a loop."""

    def __init__(self, settings: StoreSettings) -> None:
        """Connects to nothing yet; raises BadConfig for a URL that cannot be read or a driver that is not there."""
        self._timeout = float(settings.timeout)
        self._writer = threading.Lock()
        self.url = _resolve(settings)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._file = self.url.database or "" if self.is_sqlite else ""
        self._inode: int | None = None
        # In SQLite every transaction sees one state; in PostgreSQL the default is one state for each statement.
        self._one_state = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._engine = _sqlite(self.url, self._timeout) if self.is_sqlite else _postgresql(self.url, self._timeout)

    def open(self, *, create: bool = True) -> None:
        """See that the tables are there and of this version; an empty SQLite file gets them if `create`.

        Raises BadConfig if they are not, StoreUnavailable if the database cannot be asked.
        """
        if self.is_sqlite and create:
            with self.writing("power_safe") as connection:
                if is_empty(connection):  # asked under the lock: two processes may have found it empty
                    create_tables(connection)
        with self.reading() as connection:
            version.refuse(read_version(connection))

    @contextmanager
    def writing(self, durability: Durability = "standard") -> Generator[Connection]:
        """A transaction that may write: committed when the block ends, rolled back when it raises.

        Raises StoreUnavailable if the database cannot be reached, is locked for too long, or is full.
        """
        if not self._writer.acquire(timeout=self._timeout):
            raise StoreUnavailable("the database is busy; try again", retry_after=1.0)
        try:
            with _told(), self._connect(writing=True, durability=durability) as connection, connection.begin():
                yield connection
        finally:
            self._writer.release()

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """A transaction that sees one state of the database; raises StoreUnavailable."""
        with _told(), self._connect(writing=False, **self._one_state) as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Let go of all connections; those in use close when they are given back."""
        self._engine.dispose()

    def engine_for_migration(self) -> Engine:
        """The engine itself, for whoever changes the tables."""
        return self._engine

    def _connect(self, **options: Any) -> Connection:
        if self._file:
            self._notice_exchange()
        return self._engine.connect().execution_options(**options)

    def _notice_exchange(self) -> None:
        # A file that was moved or restored under us would go on being written to, and be lost.
        try:
            inode: int | None = os.stat(self._file).st_ino
        except FileNotFoundError:
            inode = None
        if inode != self._inode and self._inode is not None:
            self._engine.dispose()
        self._inode = inode


def is_empty(connection: Connection) -> bool:
    """Whether there are no tables at all."""
    return not inspect(connection).get_table_names()


def read_version(connection: Connection) -> str | None:
    """The schema of a database, None if it has none."""
    if not inspect(connection).has_table("alembic_version"):
        return None if is_empty(connection) else "without a version"
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def create_tables(connection: Connection) -> None:
    """Make all tables of this version at once."""
    TABLES.create_all(connection)
    connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY NOT NULL)"))
    connection.execute(text("INSERT INTO alembic_version VALUES (:name)"), {"name": version.name(version.CURRENT)})


def _resolve(settings: StoreSettings) -> URL:
    try:
        url = make_url(settings.url.reveal())
    except (SQLAlchemyError, ValueError):
        raise BadConfig(
            "store.url cannot be read: it is sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
        ) from None
    if url.get_backend_name() == "sqlite":
        return url.set(database=str(Path(settings.directory).absolute() / (url.database or "")))
    return url.set(drivername="postgresql+psycopg")


def _sqlite(url: URL, timeout: float) -> Engine:
    path = Path(url.database or "")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        # Never a file that is there: closing it would drop the locks that this process has on it, and the next program
        # that closes the database would take itself for the last one (https://sqlite.org/howtocorrupt.html, 2.2).
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    engine = create_engine(url, connect_args={"timeout": timeout, "isolation_level": None}, pool_timeout=timeout)

    def prepare(connection: sqlite3.Connection, _: object) -> None:
        _prepare_sqlite(connection, timeout)

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, timeout: float) -> None:
    _keep_log(connection, timeout)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -2048")


def _keep_log(connection: sqlite3.Connection, timeout: float) -> None:
    # https://sqlite.org/wal.html: readers and the writer do not hold each other up. To change the mode of a new file
    # SQLite does not wait for whoever else does so at the moment: it says at once that the database is locked.
    until = clock.monotonic() + timeout
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or clock.monotonic() > until:
                raise
            time.sleep(_AGAIN_SECONDS)


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get("writing", True):
        connection.exec_driver_sql("BEGIN")
        return
    # https://sqlite.org/pragma.html#pragma_synchronous: in WAL mode FULL syncs at every commit, NORMAL at checkpoints.
    level = "FULL" if options.get("durability") == "power_safe" else "NORMAL"
    connection.exec_driver_sql(f"PRAGMA synchronous = {level}")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgresql(url: URL, timeout: float) -> Engine:
    milliseconds = int(timeout * 1000)
    options = f"-c statement_timeout={STATEMENT_SECONDS * 1000} -c lock_timeout={milliseconds}"
    alive = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": milliseconds}
    speak_postgresql()
    try:
        return create_engine(
            url,
            pool_size=2,
            max_overflow=CONNECTIONS - 2,
            pool_timeout=timeout,
            pool_pre_ping=True,
            connect_args={"connect_timeout": max(1, int(timeout)), "options": options, **alive},
        )
    except ModuleNotFoundError:
        raise BadConfig("store.url names PostgreSQL: install `trigate[postgres]`") from None


@contextmanager
def _told() -> Generator[None]:
    """Faults of the database as StoreUnavailable, without the statement and its values."""
    try:
        yield
    except PoolTimeout:
        raise StoreUnavailable("all connections to the database are in use", retry_after=1.0) from None
    except DBAPIError as error:
        if isinstance(error, IntegrityError | DataError):
            raise
        raise StoreUnavailable(_reason(error), retry_after=1.0) from None


def _reason(error: DBAPIError) -> str:
    lines = str(error.orig).strip().splitlines()
    return f"the database does not do its work: {lines[0] if lines else type(error.orig).__name__}"
