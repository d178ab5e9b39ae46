"""The less busy of two."""

from hypothesis import given
from hypothesis import strategies as st

from tests.llm.troupe import ask_of, call_of, names, troupe
from trigate.llm.strategies.least_busy import LeastBusy


@given(st.lists(st.integers(0, 5), min_size=2, max_size=5))
def test_the_busiest_is_never_first_and_the_others_follow_by_how_busy_they_are(busy: list[int]):
    targets = troupe(*(f"p/{place}" for place in range(len(busy))))
    for each, count in zip(targets, busy, strict=True):
        for _ in range(count):
            each.health.begin()
    order = LeastBusy().open("smart", targets)
    assert order is not None
    found = order(call_of(), ask_of(), targets)
    assert sorted(names(found)) == sorted(names(targets))
    under_way = [each.health.in_flight for each in found]
    assert under_way[0] < max(busy) or min(busy) == max(busy) or busy.count(max(busy)) > 1
    assert under_way[1:] == sorted(under_way[1:])


def test_all_of_the_least_busy_are_drawn():
    targets = troupe("a/1", "b/2", "c/3")
    order = LeastBusy().open("smart", targets)
    assert order is not None
    assert {order(call_of(), ask_of(), targets)[0].name for _ in range(200)} == {"a/1", "b/2", "c/3"}
