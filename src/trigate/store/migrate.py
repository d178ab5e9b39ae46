"""Brings the tables of a store to the version of this program."""

import time
import warnings
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from trigate.core.clock import clock
from trigate.core.errors import BadConfig
from trigate.store import version
from trigate.store.database import Database, read_version
from trigate.store.settings import StoreSettings

Fill = Callable[[Connection, str], str]
"""Writes the few rows that follow one, by their ids; the last of them, empty if they were fewer than it would write.

Looking for rows that lack something would take longer each time."""
_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x7472_6967_6174_65
"""Advisory lock of PostgreSQL: two machines that migrate at once take turns."""


REST = 4.0
"""How much longer than a step of filling is the pause after it, in which a gateway that runs writes its rows."""


def migrate(settings: StoreSettings) -> tuple[str, str]:
    """Upgrade the store of these settings; the version before (empty if none) and after.

    Tables are changed all or nothing, which takes a moment. What a version has to write into rows that are there is
    written afterwards, a few at a time (`fill` of its file): a gateway that runs meanwhile never waits for long, and
    who is interrupted goes on where it was. Raises BadConfig for a newer schema, or tables that are not a store's, and
    StoreUnavailable.
    """
    database = Database(settings)
    try:
        with database.writing("power_safe") as connection:
            if not database.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
            before = read_version(connection)
            _refuse(before)
            upgrade(connection, version.name(version.CURRENT))
        for fill in _fillings():
            _fill(database, fill)
        return before or "", version.name(version.CURRENT)
    finally:
        database.close()


def _fillings() -> list[Fill]:
    """Those of all versions, the first one first; whatever was filled before has nothing left to do."""
    with warnings.catch_warnings():
        scripts = list(ScriptDirectory.from_config(_settings()).walk_revisions())
    return [script.module.fill for script in reversed(scripts) if hasattr(script.module, "fill")]


def _fill(database: Database, fill: Fill) -> None:
    last, more = "", True
    while more:
        began = clock.monotonic()
        with database.writing() as connection:
            last = fill(connection, last)
        more = bool(last)
        time.sleep(REST * (clock.monotonic() - began) if more else 0)


def _settings() -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    return settings


def upgrade(connection: Connection, to: str) -> None:
    """Run the steps up to a version inside the transaction of this connection."""
    settings = _settings()
    settings.attributes["connection"] = connection
    with warnings.catch_warnings():
        command.upgrade(settings, to)


def _refuse(before: str | None) -> None:
    if before is not None and (not before.isdigit() or int(before) > version.CURRENT):
        version.refuse(before)
    if before is not None and not before.isdigit():
        raise BadConfig(f"the database has tables {before}, which are not those of a store")
