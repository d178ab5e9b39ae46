"""What models demand of their targets."""

from typing import Any

import pytest

from trigate.core.errors import BadRequest
from trigate.llm.data_policy import DataPolicy
from trigate.llm.model_facts import UNKNOWN, ModelFacts
from trigate.llm.requirement import Requirement, read_requirement

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


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (b"", Requirement()),
        (b"fit, vision,tools", Requirement(fit=True, capabilities=("vision", "tools"))),
        (b"region=eu, region=ch", Requirement(region=("eu", "ch"))),
        (b"retains=false,trains=no", Requirement(retains=False, trains=False)),
        (b"context=100000", Requirement(context=100_000)),
    ],
)
def test_a_caller_writes_its_demands_as_a_list(said: bytes, meant: Requirement):
    assert read_requirement(said) == meant


@pytest.mark.parametrize(
    "said", [b"sight", b"region", b"region=", b"retains=perhaps", b"context=many", b"fit=1", b"x=y"]
)
def test_a_demand_that_nobody_understands_is_refused(said: bytes):
    with pytest.raises(BadRequest, match="x-trigate-require"):
        read_requirement(said)
