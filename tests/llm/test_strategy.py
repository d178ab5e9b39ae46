"""What every strategy keeps to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.llm.troupe import ask_of, call_of, candidate, names
from trigate.core import kinds
from trigate.llm.branch import Branch
from trigate.llm.strategy import Strategy

SETTINGS = {
    "canary": {"target": "p/0", "share": 50.0},
    "conditional": {"rules": (Branch(when="ask.streamed == false", targets="p/1"),)},
}


@pytest.mark.parametrize("kind", kinds.names(Strategy))
@given(weights=st.lists(st.integers(0, 3), min_size=2, max_size=5))
def test_whichever_target_is_first_all_others_follow(kind: str, weights: list[int]):
    strategy = kinds.find(Strategy, kind)(**SETTINGS.get(kind, {}))
    targets = [candidate(f"p/{place}", weight=weight) for place, weight in enumerate(weights)]
    strategy.check(names(targets))
    order = strategy.open("smart", targets)
    found = targets if order is None else order(call_of(), ask_of(), targets)
    assert sorted(names(found)) == sorted(names(targets))
