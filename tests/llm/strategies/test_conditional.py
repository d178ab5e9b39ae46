"""By what is asked, and by whom."""

import pytest

from tests.llm.troupe import ask_of, call_of, names, troupe
from trigate.llm.branch import Branch
from trigate.llm.strategies.conditional import Conditional

TARGETS = troupe("small/1", "large/2", "eu/3")
STRATEGY = Conditional(
    rules=(
        Branch(when="principal.team == 'paris'", targets="eu/3", only=True),
        Branch(when="ask.tokens > 1000", targets=("large/2", "eu/3")),
    )
)


def order_of(text: str = "hi", team: str = "") -> list[str]:
    order = STRATEGY.open("smart", TARGETS)
    assert order is not None
    ask = ask_of(messages=[{"role": "user", "content": text}])
    return names(order(call_of(team=team), ask, TARGETS))


def test_the_first_rule_that_holds_decides_and_the_others_follow():
    assert order_of() == ["small/1", "large/2", "eu/3"]
    assert order_of("x" * 8000) == ["large/2", "eu/3", "small/1"]


def test_a_rule_may_rule_all_others_out():
    assert order_of("x" * 8000, team="paris") == ["eu/3"]


def test_rules_name_targets_of_the_model():
    STRATEGY.check(["small/1", "large/2", "eu/3"])
    with pytest.raises(ValueError, match=r"'eu/3', of the rule `principal\.team == 'paris'`"):
        STRATEGY.check(["small/1", "large/2"])
