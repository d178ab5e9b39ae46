"""A first look at the database, before anything is started: what is sure to fail is said at once, by its name."""

from contextlib import closing
from pathlib import Path

from trigate.store import version
from trigate.store.blank import file_of
from trigate.store.server_version import ask_version
from trigate.store.settings import StoreSettings

PATIENCE_SECONDS = 1.0


def glance(settings: StoreSettings) -> None:
    """Raises BadConfig for a database with the schema of another version; whatever else ails it shows later.

    It loads no SQL library, which the processes that serve callers must not have. A server that does not answer within
    seconds is not waited for.
    """
    path = file_of(settings)
    found = _read(path) if path is not None else ask_version(settings.url.reveal())
    if found is not None:
        version.refuse(found)


def _read(path: Path) -> str | None:
    if not path.is_file():
        return None
    import sqlite3  # noqa: PLC0415 - of no use before there is a file

    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", timeout=PATIENCE_SECONDS, uri=True)) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error:
        return None
    return str(row[0]) if row else None
