"""How large a pattern becomes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.policy.pattern_size import pattern_size


@pytest.mark.parametrize(
    ("pattern", "size"),
    [
        ("", 0),
        ("abc", 3),
        ("a+b*c?", 3),
        ("a{3}", 3),
        ("a{3,}b", 4),
        ("a{2,5}", 5),
        ("(ab){3}", 6),
        ("((ab){3}c){2}", 14),
        ("(a{10}){10}", 100),
        ("[a-z]{3}", 3),
        (r"[]\]{9}]{2}", 2),
        (r"[^]x]{4}", 4),
        (r"\{3}", 3),
        (r"\d{4}-\d{2}", 7),
        (r"\p{Greek}{2}", 200),
        ("{3}", 0),
        ("a|b", 3),
        (")a{3}", 4),
        ("(((a", 1),
        ("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{12}", 26),
    ],
)
def test_repetitions_are_multiplied_out(pattern: str, size: int) -> None:
    assert pattern_size(pattern) == size


@given(st.text("a(){}[]\\,0123456789^p?+", max_size=30))
def test_every_text_has_a_size(pattern: str) -> None:
    assert pattern_size(pattern) >= 0
