"""The audit: a chain that shows whether a row was changed, taken out or added."""

import pytest
from sqlalchemy import text

from trigate.store import audit
from trigate.store.store import Store


@pytest.fixture
def noted(store: Store) -> Store:
    for number in range(5):
        with store.writing("power_safe") as connection:
            audit.note(connection, "root", "create", "team", f"team-{number}", organisation="ab"[number % 2])
    return store


def broken_after(store: Store, statement: str) -> int:
    with store.writing() as connection:
        connection.execute(text(statement))
    with store.reading() as connection:
        return audit.first_broken(connection)


def test_a_chain_as_written_is_whole(noted: Store):
    with noted.reading() as connection:
        assert audit.first_broken(connection) == 0


@pytest.mark.parametrize(
    ("statement", "number"),
    [
        ("UPDATE audit SET actor = 'nobody' WHERE number = 3", 3),
        ("DELETE FROM audit WHERE number = 3", 4),
        ("DELETE FROM audit WHERE number = 5", 5),
        ("UPDATE audit SET digest = (SELECT digest FROM audit WHERE number = 1) WHERE number = 4", 4),
    ],
)
def test_a_row_that_was_changed_or_taken_out_shows(noted: Store, statement: str, number: int):
    assert broken_after(noted, statement) == number


def test_rows_that_retention_removed_from_the_front_do_not_show(noted: Store):
    assert broken_after(noted, "DELETE FROM audit WHERE number < 3") == 0


def test_the_newest_come_first_in_pages_and_by_organisation(noted: Store):
    with noted.reading() as connection:
        assert [each.number for each in audit.acts(connection, limit=2)] == [5, 4]
        assert [each.number for each in audit.acts(connection, before=4, limit=2)] == [3, 2]
        assert [each.name for each in audit.acts(connection, organisation="b")] == ["team-3", "team-1"]
