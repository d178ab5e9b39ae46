"""Settings of one of several keys."""

from typing import Any

import pytest

from trigate.core.settings import Secret
from trigate.llm.api_key import ApiKey, KeyLimits, numbered


def test_keys_without_a_name_are_numbered():
    found = numbered(
        [Secret("a"), ApiKey(key=Secret("b"), name="second", weight=2), ApiKey(key=Secret("c"), models=["x"])]
    )
    assert [(each.name, each.key.reveal(), each.weight, each.models) for each in found] == [
        ("key-1", "a", 1, []),
        ("second", "b", 2, []),
        ("key-3", "c", 1, ["x"]),
    ]


def test_no_two_have_the_same_name_or_are_the_same():
    with pytest.raises(ValueError, match="same name"):
        numbered([Secret("a"), ApiKey(key=Secret("b"), name="key-1")])
    with pytest.raises(ValueError, match="the same key"):
        numbered([Secret("a"), Secret("a")])


@pytest.mark.parametrize("changes", [{"weight": 0}, {"weight": float("nan")}, {"weight": 1e9}, {"name": "a b"}])
def test_what_makes_no_sense_is_refused(changes: dict[str, Any]):
    with pytest.raises(ValueError, match=r"weight|name"):
        ApiKey(key=Secret("a"), **changes)


@pytest.mark.parametrize("changes", [{"requests_per_minute": 0}, {"tokens_per_minute": -1}])
def test_a_limit_leaves_at_least_something(changes: dict[str, int]):
    with pytest.raises(ValueError, match="at least 1"):
        KeyLimits(**changes)
