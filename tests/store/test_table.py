"""The shared table: where records are, and what is put back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from trigate.store.table import ALGORITHM, USED, Table


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    made = Table(tmp_path / "counters", 100)
    yield made
    made.close()


def record(digest: bytes, index: int, amount: int = 0) -> tuple[object, ...]:
    return (digest, 3, 1, 0, 0, 5, 0, 0, index, 0, 0, amount, 0, 0, 0)


def put(table: Table, digest: bytes) -> int:
    index, free = table.find(digest)
    assert index < 0
    table.insert(free, record(digest, free))
    return free


def test_records_that_begin_alike_are_found_one_behind_the_other(table: Table):
    digests = [bytes(15) + bytes([number]) for number in range(3)]
    indexes = [put(table, each) for each in digests]
    assert [table.find(each)[0] for each in digests] == indexes == [0, 1, 2]


def test_a_removed_record_hides_none_behind_it_and_is_used_again(table: Table):
    digests = [bytes(15) + bytes([number]) for number in range(3)]
    for each in digests:
        put(table, each)
    table.remove(1)
    assert table.find(digests[2])[0] == 2
    assert put(table, digests[1]) == 1
    assert table.words[USED] == 3


def test_a_change_that_was_not_finished_is_undone(table: Table):
    index = put(table, bytes(16))
    table.save([table.image(index)])
    table.write(index, record(bytes(16), index, 777))
    table.put_back()
    assert table.read(index)[11] == 0


def test_a_change_that_was_finished_stays(table: Table):
    index = put(table, bytes(16))
    table.save([table.image(index)])
    table.write(index, record(bytes(16), index, 777))
    table.done()
    table.put_back()
    assert table.read(index)[11] == 777


def test_a_record_half_inserted_is_not_there(table: Table):
    index = put(table, bytes(16))
    table.words[table.word(index) + ALGORITHM] = -1
    table.put_back()
    assert (table.find(bytes(16))[0], table.words[USED]) == (-1, 0)
