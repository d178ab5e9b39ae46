"""Identifiers of calls are taken by the provider, and results still find their calls."""

import re

from hypothesis import given
from hypothesis import strategies as st

from trigate.llm.dialects.anthropic_messages.tool_id import tool_id


def test_an_identifier_that_is_taken_stays() -> None:
    assert tool_id("toolu_01-Ab") == "toolu_01-Ab"


@given(st.text(), st.text())
def test_any_other_becomes_one_that_is_taken_and_two_stay_two(first: str, second: str) -> None:
    assert re.fullmatch(r"[a-zA-Z0-9_-]+", tool_id(first))
    assert (tool_id(first) == tool_id(second)) == (first == second)
