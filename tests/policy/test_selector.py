"""Whom a policy is about."""

import pytest

from trigate.policy.selector import Selector, listed


def test_what_is_said_of_the_caller_is_listed_and_nothing_else() -> None:
    assert Selector(team="web", role=("a", "b")).selectors() == {"team": ("web",), "role": ("a", "b")}
    assert listed("a") == ("a",)
    assert listed(("a", "b")) == ("a", "b")


@pytest.mark.parametrize("empty", [{"team": ""}, {"role": ()}, {"claim": {"x": ("a", "")}}])
def test_what_names_nobody_is_refused(empty: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="names nobody"):
        Selector(**empty).check_selectors()  # type: ignore[arg-type]
