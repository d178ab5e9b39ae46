"""What is remembered, for how long, and how much of it."""

from hypothesis import given
from hypothesis import strategies as st

from trigate.policy.cache import Cache


def test_a_value_holds_until_its_time_is_over() -> None:
    cache = Cache[str, int](4)
    cache.put("a", 1, until=10)
    assert cache.get("a", 9.9) == 1
    assert cache.get("a", 10) is None
    assert len(cache) == 0


def test_the_oldest_is_forgotten_first() -> None:
    cache = Cache[str, int](2)
    for name in "abc":
        cache.put(name, 1, until=10)
    assert [cache.get(name, 0) for name in "abc"] == [None, 1, 1]


def test_a_cache_without_room_remembers_nothing() -> None:
    cache = Cache[str, int](0)
    cache.put("a", 1, until=10)
    assert cache.get("a", 0) is None


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 50))), st.integers(1, 8))
def test_it_never_grows_beyond_its_size_and_never_gives_another_keys_value(
    puts: list[tuple[int, int]], size: int
) -> None:
    cache, last = Cache[int, int](size), dict[int, int]()
    for key, value in puts:
        cache.put(key, value, until=100)
        last[key] = value
        assert len(cache) <= size
        assert cache.get(key, 0) == value
    assert all(cache.get(key, 0) in (None, value) for key, value in last.items())
    cache.clear()
    assert len(cache) == 0
