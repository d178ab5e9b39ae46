"""What is deep inside is found, or is not there."""

import pytest

from trigate.llm.told import count_told, objects_told, told


def test_a_path_leads_in():
    assert told({"a": {"b": 3}}, "a", "b") == 3
    assert told(3) == 3
    for value in ({}, {"a": None}, {"a": [1]}, [], "a", None):
        assert told(value, "a", "b") is None


@pytest.mark.parametrize(("value", "count"), [(3, 3), (3.0, 3), (True, None), ("3", None), (None, None)])
def test_counts_are_numbers(value: object, count: int | None):
    assert count_told({"a": value}, "a") == count


def test_lists_hold_objects_only():
    assert objects_told({"a": [{"b": 1}]}, "a") == [{"b": 1}]
    for value in ([{"b": 1}, 2], {}, None, "x"):
        assert objects_told({"a": value}, "a") == []
