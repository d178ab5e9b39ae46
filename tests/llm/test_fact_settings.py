"""What an operator may say of a model."""

from typing import Any

import pytest

from trigate.llm.fact_settings import FactSettings


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"like": "gpt-4.1"}, "openai/gpt-4.1"),
        ({"context": 0}, "above 0"),
        ({"most_output": -1}, "above 0"),
        ({"can": ["tools"], "cannot": ["tools"]}, "tools"),
    ],
)
def test_what_cannot_be_meant_is_refused(fields: dict[str, Any], told: str):
    with pytest.raises(ValueError, match=told):
        FactSettings(**fields)
