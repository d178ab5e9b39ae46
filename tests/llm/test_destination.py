"""A target as it is configured."""

from typing import Any

import pytest

from trigate.llm.destination import Destination


@pytest.mark.parametrize(
    "written",
    [
        {"target": "openai"},
        {"target": "/gpt"},
        {"target": "openai/a b"},
        {"target": "a/b", "weight": -1},
        {"target": "a/b", "weight": 10**6 + 1},
        {"target": "a/b", "tokens_per_minute": 0},
        {"target": "a/b", "requests_per_minute": -1},
        {"target": "a/b", "when": "nonsense"},
    ],
)
def test_what_makes_no_sense_is_refused(written: dict[str, Any]):
    with pytest.raises(ValueError, match=r"target|weight|per_minute|when"):
        Destination(**written)


def test_a_name_is_enough():
    assert Destination(target="openai/gpt-5.2").weight == 1
