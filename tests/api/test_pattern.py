"""Path patterns: what they match, and which is the more specific."""

import re

import pytest

from trigate.api.pattern import compile_pattern


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/a", b"/a", True),
        ("/a", b"/a/", False),
        ("/a/*", b"/a", True),
        ("/a/*", b"/a/b/c", True),
        ("/a/*", b"/ab", False),
        ("/*", b"/", True),
        ("/*", b"/anything/at/all", True),
        ("/a/{id}", b"/a/7", True),
        ("/a/{id}", b"/a/", False),
        ("/a/{id}", b"/a/7/8", False),
        ("/a/{id}.json", b"/a/7.json", True),
        ("/a/{id}/*", b"/a/7/x/y", True),
        ("/a.b", b"/aXb", False),
        ("/~me", b"/%7Eme", True),
        ("/%7eme", b"/~me", True),
        ("/a%2Fb/*", b"/a%2fb/c", True),
        ("/{id}/a%2fb", b"/7/a%2Fb", True),
        ("/a%2fb", b"/A%2fb", False),
        ("/a%2fb", b"/a/b", False),
        ("regex: ^/v[0-9]+/", b"/v2/models", True),
        ("regex: ^/v[0-9]+/", b"/vx/models", False),
    ],
)
def test_a_pattern_matches_what_it_says(pattern: str, path: bytes, matches: bool) -> None:
    assert bool(compile_pattern(pattern).expression.match(path)) is matches


def test_the_more_specific_pattern_ranks_higher() -> None:
    texts = ["/*", "/a/*", "/a/b/*", "regex: ^/a", "/a/{id}", "/a/b/{id}", "/a/b"]
    ranks = [compile_pattern(text).specificity for text in texts]
    assert ranks == sorted(ranks)


def test_parameters_and_rest_are_captured() -> None:
    found = compile_pattern("/a/{id}/*").expression.match(b"/a/7/x/y")
    assert found is not None
    assert found.groupdict() == {"id": b"7", "rest": b"x/y"}


def test_a_bad_expression_is_refused() -> None:
    with pytest.raises(re.error):
        compile_pattern("regex: (")
