"""Brings the tables of a store to the version of this program."""

import warnings
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from trigate.core.errors import BadConfig
from trigate.store import version
from trigate.store.database import Database, read_version
from trigate.store.settings import StoreSettings

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x7472_6967_6174_65
"""Advisory lock of PostgreSQL: two machines that migrate at once take turns."""


def migrate(settings: StoreSettings) -> tuple[str, str]:
    """Upgrade the store of these settings, all or nothing; the version before (empty if none) and after.

    Raises BadConfig for a newer schema, or tables that are not a store's, and StoreUnavailable.
    """
    database = Database(settings)
    try:
        with database.writing("power_safe") as connection:
            if not database.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
            before = read_version(connection)
            _refuse(before)
            upgrade(connection, version.name(version.CURRENT))
            return before or "", version.name(version.CURRENT)
    finally:
        database.close()


def upgrade(connection: Connection, to: str) -> None:
    """Run the steps up to a version inside the transaction of this connection."""
    settings = Config()
    settings.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    with warnings.catch_warnings():
        command.upgrade(settings, to)


def _refuse(before: str | None) -> None:
    if before is not None and (not before.isdigit() or int(before) > version.CURRENT):
        version.refuse(before)
    if before is not None and not before.isdigit():
        raise BadConfig(f"the database has tables {before}, which are not those of a store")
