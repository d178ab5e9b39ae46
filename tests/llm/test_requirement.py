"""What models demand of their targets."""

from typing import Any

import pytest

from trigate.llm.data_policy import DataPolicy
from trigate.llm.model_facts import UNKNOWN, ModelFacts
from trigate.llm.requirement import Requirement

FACTS = ModelFacts(context=8000, capabilities=frozenset({"tools"}), lacks=frozenset({"vision"}))
POLICY = DataPolicy(region="eu", retains=False)


@pytest.mark.parametrize(
    ("written", "missed"),
    [
        ({}, ""),
        ({"fit": True}, ""),
        ({"capabilities": ("tools",)}, ""),
        ({"capabilities": ("tools", "vision")}, "capabilities: vision"),
        ({"capabilities": ("reasoning",)}, "capabilities: reasoning"),
        ({"context": 8000}, ""),
        ({"context": 8001}, "context: 8001"),
        ({"region": "eu"}, ""),
        ({"region": ("us", "eu")}, ""),
        ({"region": "us"}, "region: us"),
        ({"retains": False}, ""),
        ({"retains": True}, "retains: true"),
        ({"trains": False}, "trains: false"),
    ],
)
def test_what_is_not_known_or_not_so_is_missed(written: dict[str, Any], missed: str):
    assert Requirement(**written).misses(FACTS, POLICY) == missed


def test_of_a_target_of_which_nothing_is_known_every_demand_is_missed():
    for written in ({"capabilities": ("tools",)}, {"context": 1}, {"region": "eu"}, {"retains": False}):
        assert Requirement(**written).misses(UNKNOWN, DataPolicy())  # type: ignore[arg-type]


def test_a_capability_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="'sight' is no capability"):
        Requirement(capabilities=("sight",))
