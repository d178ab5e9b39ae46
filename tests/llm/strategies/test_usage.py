"""Where most is left."""

from tests.llm.troupe import ask_of, call_of, candidate, names
from trigate.llm.room import Room
from trigate.llm.strategies.usage import Usage


def test_the_greatest_part_left_is_first_and_who_is_full_comes_after_who_has_no_number():
    free, half, full = Room(100, None), Room(100, 10_000), Room(None, 1000)
    half.add(1, 5000)
    full.add(1, 1000)
    targets = [
        candidate("unknown/1"),
        candidate("full/2", room=full),
        candidate("half/3", room=half),
        candidate("free/4", room=free),
    ]
    order = Usage().open("smart", targets)
    assert order is not None
    assert names(order(call_of(), ask_of(), targets)) == ["free/4", "half/3", "unknown/1", "full/2"]
