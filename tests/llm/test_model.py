"""Models as they are configured."""

from typing import Any

import pytest

from trigate.llm.destination import Destination
from trigate.llm.mirror import MirrorSettings
from trigate.llm.model import Model
from trigate.llm.strategies.canary import Canary
from trigate.llm.strategies.fallback import Fallback
from trigate.llm.strategies.weighted import Weighted


def test_targets_are_texts_or_say_more():
    model = Model(targets=["a/1", Destination(target="b/2", weight=3)])
    assert model.addresses() == ["a/1", "b/2"]
    assert [each.weight for each in model.destinations()] == [1, 3]
    assert Model(targets="a/1").addresses() == ["a/1"]


def test_a_strategy_is_a_name_or_says_more():
    assert type(Model(targets="a/1").order()) is Fallback
    assert type(Model(targets="a/1", strategy="weighted").order()) is Weighted
    canary = Canary(target="a/1", share=5)
    assert Model(targets="a/1", strategy=canary).order() is canary


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"targets": []}, "at least one target"),
        ({"targets": ["openai"]}, "not a target"),
        ({"strategy": "fastest"}, r"no kind 'fastest'; there are .*weighted"),
        ({"strategy": "canary"}, r"canary has settings; write \{kind: canary"),
        ({"strategy": Canary(target="b/2", share=1)}, "not among the targets"),
        ({"fallbacks": {"timeout": "b"}}, "not a target"),
        ({"mirror": MirrorSettings(target="b")}, "not a target"),
    ],
)
def test_what_makes_no_sense_is_refused(written: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=message):
        Model(**{"targets": "a/1", **written})


def test_all_further_targets_are_known():
    model = Model(
        targets="a/1", fallbacks={"timeout": "b/2", "server": ("c/3", "d/4")}, mirror=MirrorSettings(target="e/5")
    )
    assert list(model.extras()) == ["b/2", "c/3", "d/4", "e/5"]
    assert model.special() == {"timeout": ("b/2",), "server": ("c/3", "d/4")}
