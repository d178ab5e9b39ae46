"""Orders by weight."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.llm.troupe import candidate, names, troupe
from trigate.llm import draw
from trigate.llm.draw import anchored, drawn, portion

WEIGHTS = st.lists(st.integers(0, 10), min_size=1, max_size=6)


@given(WEIGHTS, st.text(max_size=20))
def test_every_order_holds_each_once_and_those_without_weight_last(weights: list[int], anchor: str):
    all_ = [candidate(f"p/{place}", weight=weight) for place, weight in enumerate(weights)]
    for found in (drawn(all_), anchored(all_, anchor)):
        assert sorted(names(found)) == sorted(names(all_))
        assert [each.weight > 0 for each in found] == sorted((each.weight > 0 for each in found), reverse=True)


@given(st.text())
def test_an_anchor_always_gets_the_same_order(anchor: str):
    assert names(anchored(troupe("a/1", "b/2", "c/3"), anchor)) == names(anchored(troupe("c/3", "a/1", "b/2"), anchor))


@given(st.text())
def test_an_anchor_moves_only_to_a_target_that_came(anchor: str):
    before = anchored(troupe("a/1", "b/2"), anchor)[0].name
    assert anchored(troupe("a/1", "b/2", "c/3"), anchor)[0].name in {before, "c/3"}


def test_anchors_are_spread_by_weight():
    all_ = [candidate("a/1", weight=3), candidate("b/2", weight=1)]
    first = [anchored(all_, f"caller {number}")[0].name for number in range(4000)]
    assert 2800 < first.count("a/1") < 3200


def test_chance_spreads_by_weight(monkeypatch: pytest.MonkeyPatch):
    numbers = itertools.cycle(number / 977 for number in range(977))
    monkeypatch.setattr(draw, "chance", lambda: next(numbers) * 0.999)
    all_ = [candidate("a/1", weight=9), candidate("b/2", weight=1)]
    first = [drawn(all_)[0].name for _ in range(977)]
    assert 800 < first.count("a/1") < 977


def test_a_portion_is_a_number_between_0_and_1_and_depends_on_the_salt():
    assert 0 < portion("a", "x") < 1
    assert portion("a", "x") == portion("a", "x") != portion("a", "y")
