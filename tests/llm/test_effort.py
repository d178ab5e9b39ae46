"""Efforts and budgets stand for each other."""

import pytest

from trigate.llm.effort import BUDGETS, budget_of, effort_of


@pytest.mark.parametrize("effort", BUDGETS)
def test_an_effort_comes_back_from_its_budget(effort: str) -> None:
    assert effort_of(budget_of(effort)) == effort


def test_a_budget_between_two_efforts_is_the_greater_one() -> None:
    assert effort_of(10_000) == "high"


def test_no_budget_is_beyond_the_greatest_effort() -> None:
    assert effort_of(10**9) == "max"


def test_an_effort_nobody_knows_is_a_medium_one() -> None:
    assert budget_of("heroic") == BUDGETS["medium"]
