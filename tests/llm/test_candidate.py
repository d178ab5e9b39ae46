"""One of the targets of a model."""

from tests.llm.troupe import candidate
from trigate.llm.fault import PASSING
from trigate.llm.room import CountedTarget, Room


def test_a_candidate_is_what_its_target_and_its_configuration_say():
    found = candidate("a/b", weight=3)
    assert (found.name, found.weight, found.health.in_flight) == ("a/b", 3, 0)


def test_each_place_in_a_list_has_one_target_made_once():
    found = candidate("a/b")
    placed = found.yielding(PASSING)
    assert placed is found.yielding(PASSING)
    assert placed is not found.yielding(frozenset())
    assert placed.yields == PASSING  # type: ignore[attr-defined]
    assert candidate("a/b").yielding(PASSING) is not placed


def test_where_an_allowance_is_known_attempts_are_counted():
    assert isinstance(candidate("a/b", room=Room(10, None)).yielding(PASSING), CountedTarget)
