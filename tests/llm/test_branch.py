"""Rules of the strategy `conditional`."""

import pytest

from trigate.llm.branch import Branch


def test_a_rule_has_one_target_or_several():
    assert Branch(when="true", targets="a/b").names() == ("a/b",)
    assert Branch(when="true", targets=("a/b", "c/d")).names() == ("a/b", "c/d")


def test_a_rule_without_targets_or_with_no_condition_is_refused():
    with pytest.raises(ValueError, match="at least one target"):
        Branch(when="true", targets=())
    with pytest.raises(ValueError, match="when"):
        Branch(when="ask.nonsense == 1", targets="a/b")
