"""Rows of shelves: each shelf is by itself, keys are no patterns, and room is made by what ends first."""

from trigate.store import shelf_row
from trigate.store.shelf_order import Order
from trigate.store.store import Store

SECOND = 1_000_000_000


def put(store: Store, shelf: str, key: str, value: bytes, seconds: float = 60) -> None:
    with store.writing() as connection:
        shelf_row.put(connection, Order("put", shelf, key, seconds), value, 0)


def get(store: Store, shelf: str, key: str, now: int = 0) -> bytes | None:
    with store.reading() as connection:
        return shelf_row.find(connection, shelf, key, now)


def test_shelves_do_not_know_each_other(store: Store):
    put(store, "one", "k", b"1")
    put(store, "other", "k", b"2")
    assert (get(store, "one", "k"), get(store, "other", "k")) == (b"1", b"2")
    with store.writing() as connection:
        assert shelf_row.clear(connection, "one", "") == 1
    assert (get(store, "one", "k"), get(store, "other", "k")) == (None, b"2")


def test_a_value_is_there_until_it_ends(store: Store):
    put(store, "s", "k", b"1", 1.5)
    assert get(store, "s", "k", int(1.5 * SECOND) - 1) == b"1"
    assert get(store, "s", "k", int(1.5 * SECOND)) is None


def test_a_beginning_is_no_pattern(store: Store):
    for key in ("a%b", "axb", "a_c", "ayc"):
        put(store, "s", key, b"")
    with store.writing() as connection:
        assert [shelf_row.clear(connection, "s", beginning) for beginning in ("a%", "a_", "")] == [1, 1, 2]


def test_room_is_made_by_what_ends_first(store: Store):
    for number in range(10):
        put(store, "s", f"k{number}", b"x" * 10, 100 - number)
    put(store, "s", "over", b"x" * 10, 1)
    put(store, "other", "k", b"x" * 1000, 50)
    with store.writing() as connection:
        assert shelf_row.trim(connection, "s", 45, SECOND) == 7
        assert shelf_row.trim(connection, "s", 45, SECOND) == 0
    assert [number for number in range(10) if get(store, "s", f"k{number}")] == [0, 1, 2, 3]
    assert get(store, "other", "k") is not None
