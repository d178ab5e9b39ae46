"""Identifiers."""

from trigate.core.ids import Ids


def test_identifiers_are_unique_ordered_and_of_one_length() -> None:
    ids = Ids()
    made = [ids.next() for _ in range(1000)]
    assert made == sorted(set(made))
    assert {len(each) for each in made} == {24}


def test_two_processes_never_share_a_prefix() -> None:
    assert Ids().next()[:16] != Ids().next()[:16]
