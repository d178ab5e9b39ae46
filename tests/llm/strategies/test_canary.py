"""A small share for one target."""

import pytest

from tests.llm.troupe import ask_of, call_of, names, troupe
from trigate.llm.anchor import AnchorName
from trigate.llm.strategies import canary
from trigate.llm.strategies.canary import Canary

TARGETS = troupe("a/1", "b/2", "c/3")


def chosen(share: float, users: int = 2000) -> set[int]:
    order = Canary(target="b/2", share=share).open("smart", TARGETS)
    assert order is not None
    found = {number: names(order(call_of(user=f"u{number}"), ask_of(), TARGETS)) for number in range(users)}
    assert {tuple(each) for each in found.values()} <= {("b/2", "a/1", "c/3"), ("a/1", "c/3", "b/2")}
    return {number for number, each in found.items() if each[0] == "b/2"}


def test_the_share_is_held_and_who_is_in_stays_in_while_it_grows():
    few, many = chosen(5), chosen(20)
    assert 60 < len(few) < 140
    assert 340 < len(many) < 460
    assert few <= many
    assert chosen(0) == set()
    assert len(chosen(100)) == 2000


def test_callers_without_an_anchor_are_left_to_chance(monkeypatch: pytest.MonkeyPatch):
    order = Canary(target="b/2", share=10, by=AnchorName.parse("user")).open("smart", TARGETS)
    assert order is not None
    for number, first in ((0.05, "b/2"), (0.5, "a/1")):
        monkeypatch.setattr(canary, "chance", lambda number=number: number)
        assert order(call_of(), ask_of(), TARGETS)[0].name == first


def test_a_canary_is_one_of_the_targets():
    with pytest.raises(ValueError, match="'d/4' is not among the targets"):
        Canary(target="d/4", share=1).check(["a/1"])
    Canary(target="a/1", share=1).check(["a/1"])


@pytest.mark.parametrize("share", [-1, 101, float("nan")])
def test_a_share_is_a_percentage(share: float):
    with pytest.raises(ValueError, match="percent"):
        Canary(target="a/1", share=share)
