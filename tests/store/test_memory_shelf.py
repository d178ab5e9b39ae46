"""A shelf in memory: bounded in entries and bytes, and nothing outlives its time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.shelf_oracle import check_shelf
from trigate.core.clock import clock
from trigate.store.memory_shelf import OVERHEAD, MemoryShelf


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    return now


async def test_it_does_what_shelves_do():
    shelf = MemoryShelf(10, 10_000, 100)
    await check_shelf(shelf)
    assert (len(shelf), shelf.size) == (0, 0)


async def test_what_has_ended_is_not_found(held: list[float]):
    shelf = MemoryShelf(10, 10_000, 100)
    await shelf.put("a", b"1", 5)
    held[0] += 4.9
    assert await shelf.get("a") == b"1"
    held[0] += 0.1
    assert await shelf.get("a") is None
    assert (len(shelf), shelf.size) == (0, 0)


async def test_what_was_not_used_for_longest_makes_room():
    shelf = MemoryShelf(2, 10_000, 100)
    await shelf.put("a", b"1", 60)
    await shelf.put("b", b"2", 60)
    await shelf.get("a")
    await shelf.put("c", b"3", 60)
    assert [await shelf.get(each) for each in "abc"] == [b"1", None, b"3"]


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.binary(max_size=60)), max_size=40))
async def test_it_is_never_larger_than_it_may_be(puts: list[tuple[str, bytes]]):
    shelf, room = MemoryShelf(4, 2 * OVERHEAD + 80, 50), 2 * OVERHEAD + 80
    for key, value in puts:
        kept = await shelf.put(key, value, 60)
        assert kept is (len(value) <= 50)
        assert await shelf.get(key) == (value if kept else None)
        assert shelf.size <= room
        assert len(shelf) <= 4
    await shelf.clear()
    assert shelf.size == 0


async def test_one_that_is_drained_has_forgotten_everything():
    shelf = MemoryShelf(2, 10_000, 100)
    await shelf.put("a", b"1", 60)
    shelf.drain()
    assert (await shelf.get("a"), shelf.size) == (None, 0)
