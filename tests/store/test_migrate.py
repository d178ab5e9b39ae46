"""Migration: what is newer or foreign is refused and left as it is."""

import shutil
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

import trigate.store.migrate
from tests.store.record import record
from tests.store.stopwatch import Stopwatch
from trigate.core.errors import BadConfig
from trigate.store import migrations
from trigate.store.database import Database
from trigate.store.ledger import read_entries, write_new
from trigate.store.migrate import migrate
from trigate.store.settings import StoreSettings
from trigate.store.store import Store
from trigate.store.version import CURRENT, name

THIS, NEXT = name(CURRENT), name(CURRENT + 1)


def attempt(settings: StoreSettings) -> None:
    """Open a store and let go of it."""
    with closing(Store(settings)) as store:
        store.open()


def test_a_newer_schema_is_refused_and_left_as_it_is(settings: StoreSettings):
    migrate(settings)
    database = Database(settings)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    with pytest.raises(BadConfig, match=r"0999.*newer trigate"):
        migrate(settings)
    with pytest.raises(BadConfig, match=r"0999.*newer trigate"):
        attempt(settings)
    with database.reading() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "0999"
    database.close()


def test_an_older_schema_does_not_serve_and_names_the_remedy(settings: StoreSettings):
    migrate(settings)
    database = Database(settings)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    with pytest.raises(BadConfig, match="run `trigate migrate`"):
        attempt(settings)
    database.close()


def test_a_database_of_something_else_is_refused(tmp_path):
    with sqlite3.connect(tmp_path / "trigate.db") as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    settings = StoreSettings(directory=str(tmp_path))
    for refused in (migrate, attempt):
        with pytest.raises(BadConfig):
            refused(settings)
    with sqlite3.connect(tmp_path / "trigate.db") as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("recipes",)]
    connection.close()


def test_a_postgresql_database_without_tables_names_the_remedy(server, tmp_path):
    from trigate.core.settings import Secret

    store = Store(StoreSettings(directory=str(tmp_path), url=Secret(server.database())))
    with pytest.raises(BadConfig, match="run `trigate migrate`"):
        store.open()
    store.close()


SECOND = """\"\"\"A version of the tests: every row gets a word.\"\"\"

import sqlalchemy as sa
from alembic import op

revision = "NEXT"
down_revision = "THIS"


def upgrade():
    op.add_column("ledger", sa.Column("word", sa.Text()))


def fill(connection, after):
    some = sa.text("SELECT id FROM ledger WHERE id > :after ORDER BY id LIMIT 500")
    ids = list(connection.execute(some, {"after": after}).scalars())
    if ids:
        span = {"first": ids[0], "last": ids[-1]}
        connection.execute(sa.text("UPDATE ledger SET word = 'w' WHERE id BETWEEN :first AND :last"), span)
    return ids[-1] if len(ids) == 500 else ""
"""


@pytest.fixture
def further(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program of a further version."""
    folder = tmp_path / "migrations"
    shutil.copytree(Path(migrations.__file__).parent, folder, ignore=shutil.ignore_patterns("__pycache__"))
    program = SECOND.replace("NEXT", NEXT).replace("THIS", THIS)
    (folder / "versions" / f"{NEXT}_words.py").write_text(program)
    monkeypatch.setattr("trigate.store.migrate._FOLDER", folder)
    monkeypatch.setattr("trigate.store.version.CURRENT", CURRENT + 1)


def write_rows(store: Store, numbers: range) -> None:
    entries, _, _ = read_entries([record(f"{number:024x}") for number in numbers])
    with store.database.writing() as connection:
        write_new(connection, entries)


def words(store: Store) -> dict[str | None, int]:
    with store.database.reading() as connection:
        return dict(connection.execute(text("SELECT word, count(*) FROM ledger GROUP BY word")).all())  # type: ignore[arg-type]


def migrate_under_load(settings: StoreSettings, rows: int) -> float:
    """Write rows, one at a time, for as long as another thread migrates; the longest wait."""
    store, before, number, longest = Store(settings), rows, rows, 0.0
    for start in range(0, rows, 10_000):
        write_rows(store, range(start, min(start + 10_000, rows)))
    with closing(store), ThreadPoolExecutor(1) as thread:
        migrating = thread.submit(migrate, settings)
        while not migrating.done():
            watch = Stopwatch()
            write_rows(store, range(number, number + 1))
            longest = max(longest, watch.seconds())
            number += 1
            time.sleep(0.001)
        assert migrating.result() == (THIS, NEXT)
        assert migrate(settings) == (NEXT, NEXT)  # rows that came last get their word, too
        assert words(store) == {"w": number}
        print(f"{number - before} inserts, the longest {longest * 1000:.1f} ms")
    return longest


def test_rows_are_written_while_a_migration_runs(settings: StoreSettings, request: pytest.FixtureRequest):
    migrate(settings)
    request.getfixturevalue("further")
    migrate_under_load(settings, 3000)


def test_a_migration_that_was_interrupted_goes_on_where_it_was(
    settings: StoreSettings, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
):
    migrate(settings)
    with closing(Store(settings)) as store:
        write_rows(store, range(1200))
        whole = trigate.store.migrate._fill
        request.getfixturevalue("further")
        monkeypatch.setattr("trigate.store.migrate._fill", _once)
        with pytest.raises(KeyboardInterrupt):
            migrate(settings)
        assert words(store) == {"w": 500, None: 700}
        monkeypatch.setattr("trigate.store.migrate._fill", whole)
        assert migrate(settings) == (NEXT, NEXT)
        assert words(store) == {"w": 1200}


def _once(database: Database, fill: Callable[[Connection, str], str]) -> None:
    with database.writing() as connection:
        fill(connection, "")
    raise KeyboardInterrupt


@pytest.mark.proof
@pytest.mark.timeout(1800)
def test_inserts_into_a_million_rows_wait_no_longer_than_100_ms_while_a_migration_runs(
    settings: StoreSettings, request: pytest.FixtureRequest
):
    migrate(settings)
    request.getfixturevalue("further")
    assert migrate_under_load(settings, 1_000_000) <= 0.1
