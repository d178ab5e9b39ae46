"""Smooth weighted round robin."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from trigate.api.balance import Balance


@given(st.lists(st.integers(0, 9), min_size=1, max_size=6).filter(any))
def test_each_target_gets_exactly_its_share_of_a_round(weights: list[int]) -> None:
    balance = Balance(range(len(weights)), weights)
    picked = Counter(balance.order()[0] for _ in range(sum(weights)))
    expected = {index: weight for index, weight in enumerate(weights) if weight}
    assert picked == (expected if len(weights) > 1 else {0: sum(weights)})


def test_the_share_is_spread_without_bursts() -> None:
    balance = Balance("ab", [2, 2])
    assert "".join(balance.order()[0] for _ in range(4)) == "abab"


def test_the_others_follow_for_when_the_first_fails() -> None:
    assert sorted(Balance("abc", [1, 1, 1]).order()) == ["a", "b", "c"]


def test_a_target_of_weight_zero_is_only_ever_a_substitute() -> None:
    balance = Balance("ab", [0, 1])
    assert {balance.order()[0] for _ in range(10)} == {"b"}
    assert balance.order() == ("b", "a")
