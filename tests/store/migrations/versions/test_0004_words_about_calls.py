"""The fourth version: a ledger of the first one keeps its rows, which nothing is said about yet."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from trigate.store.database import Database
from trigate.store.migrate import upgrade
from trigate.store.schema import TABLES, ledger
from trigate.store.settings import StoreSettings

FIRST = """INSERT INTO ledger (id, time, lane, route, action, resource, outcome, status, attempts, duration, first_byte,
input_tokens, cache_read_tokens, cache_write_tokens, cache_write_long_tokens, output_tokens, reasoning_tokens,
tool_calls, bytes_in, bytes_out, cost, estimated)
VALUES ('a', 1, 'llm', '', 'llm.chat', 'model/gpt', 'ok', 200, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 1, 7, 0)"""


def test_rows_of_the_first_version_stay(tmp_path):
    database = Database(StoreSettings(directory=str(tmp_path)))
    with database.writing("power_safe") as connection:
        upgrade(connection, "0001")
        connection.execute(text(FIRST))
        upgrade(connection, "0004")
        row = connection.execute(ledger.select()).mappings().one()
        assert (row["id"], row["cost"], row["request"], row["prompt"]) == ("a", 7, None, None)
        found = compare_metadata(MigrationContext.configure(connection), TABLES)
        assert not [each for each in found if "ledger" in repr(each) or "feedback" in repr(each)]
    database.close()
