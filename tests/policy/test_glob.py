"""Globs name names."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.policy.glob import Globs

words = st.text("ab/*", max_size=8)


@given(globs=st.lists(words, max_size=4), text=words)
def test_one_of_them_must_fit_the_whole_text(globs: list[str], text: str) -> None:
    patterns = ["(?s:.*)".join(re.escape(piece) for piece in each.split("*")) for each in globs]
    assert Globs(globs).fit(text) is any(re.fullmatch(each, text) is not None for each in patterns)


@pytest.mark.parametrize(
    ("glob", "text", "fits"),
    [
        ("server/git/*", "server/git/tool/push", True),
        ("server/git/*", "server/github/tool/push", False),
        ("*", "", True),
        ("model/gpt-5", "model/gpt-5-mini", False),
        ("mcp.*.list", "mcp.resources.templates.list", True),
    ],
)
def test_a_star_crosses_slashes(glob: str, text: str, fits: bool) -> None:
    assert Globs([glob]).fit(text) is fits


def test_names_without_a_star_are_told() -> None:
    assert Globs(["a", "b"]).names == {"a", "b"}
    assert Globs(["a", "b*"]).names is None
    assert Globs([]).names == frozenset()
