"""Asks a PostgreSQL server for its schema, in a process of its own: those that serve callers load no SQL.

python -m trigate.store.server_version < URL
"""

import subprocess
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any

SECONDS = 2
"""Longest time for the server's answer."""
_START_SECONDS = 3
"""And for the process to start and end."""


def ask_version(url: str) -> str | None:
    """The schema of a database that can be asked in time, None for any other, and for one without tables."""
    command, most = [sys.executable, "-m", "trigate.store.server_version"], SECONDS + _START_SECONDS
    with suppress(subprocess.TimeoutExpired):
        # The URL has a password: it is no argument, which others could see.
        done = subprocess.run(command, check=False, input=url, capture_output=True, text=True, timeout=most)
        return done.stdout.strip() or None
    return None


def main() -> None:
    """Print the schema, or nothing."""
    psycopg: Any = import_module("psycopg")
    options = f"-c statement_timeout={SECONDS * 1000}"
    with (
        suppress(psycopg.Error),
        psycopg.connect(sys.stdin.read(), connect_timeout=SECONDS, options=options) as connection,
    ):
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        sys.stdout.write(row[0] if row else "")


if __name__ == "__main__":
    main()
