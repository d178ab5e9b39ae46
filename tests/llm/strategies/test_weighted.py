"""By weight."""

from collections import Counter

import pytest

from tests.llm.troupe import ask_of, call_of, candidate, names
from trigate.llm import draw
from trigate.llm.anchor import AnchorName
from trigate.llm.strategies.weighted import Weighted

TARGETS = [candidate("a/1", weight=3), candidate("b/2", weight=1)]


def test_asks_are_spread_by_chance(monkeypatch: pytest.MonkeyPatch):
    order = Weighted().open("smart", TARGETS)
    assert order is not None
    numbers = iter([0.9, 0.1, 0.1, 0.9])
    monkeypatch.setattr(draw, "chance", lambda: next(numbers))
    assert [order(call_of(), ask_of(), TARGETS)[0].name for _ in range(2)] == ["b/2", "a/1"]


def test_the_same_caller_always_gets_the_same():
    order = Weighted(by=AnchorName.parse("user")).open("smart", TARGETS)
    assert order is not None
    found = Counter[str]()
    for number in range(2000):
        call = call_of(user=f"user {number}")
        first = names(order(call, ask_of(), TARGETS))
        assert first == names(order(call, ask_of(), TARGETS))
        found[first[0]] += 1
    assert 1400 < found["a/1"] < 1600


def test_a_caller_without_the_anchor_is_left_to_chance(monkeypatch: pytest.MonkeyPatch):
    order = Weighted(by=AnchorName.parse("user")).open("smart", TARGETS)
    assert order is not None
    numbers = iter([0.9, 0.1, 0.1, 0.9])
    monkeypatch.setattr(draw, "chance", lambda: next(numbers))
    assert [order(call_of(), ask_of(), TARGETS)[0].name for _ in range(2)] == ["b/2", "a/1"]
