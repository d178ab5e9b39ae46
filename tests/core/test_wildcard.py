"""Texts with gaps match as a regular expression would, without its cost."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.wildcard import fits

texts = st.text("ab/", max_size=12)


@given(text=texts, pieces=st.lists(st.text("ab/", max_size=3), min_size=1, max_size=5), gap=st.sampled_from([0, 1]))
def test_it_decides_as_the_regular_expression_does(text: str, pieces: list[str], gap: int):
    pattern = ("(?s:.+)" if gap else "(?s:.*)").join(re.escape(each) for each in pieces)
    assert fits(text, pieces, gap) is bool(re.fullmatch(pattern, text))


@given(pieces=st.lists(texts, min_size=2, max_size=5), fill=st.text(min_size=1))
def test_what_fills_the_gaps_does_not_matter(pieces: list[str], fill: str):
    assert fits(fill.join(pieces), pieces, 1)


@pytest.mark.parametrize("gap", [0, 1])
def test_many_gaps_cost_one_pass(gap: int):
    assert not fits("a" * 8192 + "c", ["", *["a"] * 12, "b", "c"], gap)
