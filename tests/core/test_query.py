"""Queries, of which single parameters may be taken out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.query import MARK, parameters, without


@pytest.mark.parametrize(
    ("query", "values"),
    [
        (b"key=a", [b"a"]),
        (b"x=1&key=a+b%21&y", [b"a b!"]),
        (b"k%65y=a&key=b", [b"a", b"b"]),
        (b"key", [b""]),
        (b"KEY=a&keys=b", []),
        (b"", []),
    ],
)
def test_a_parameter_is_found_however_its_name_is_written(query: bytes, values: list[bytes]) -> None:
    assert parameters(query, b"key") == values


def test_what_stays_is_not_changed_by_a_byte() -> None:
    assert without(b"a=%20+&key=secret&b&k%65y=other", {MARK + b"key", b"authorization"}) == b"a=%20+&b"
    assert without(b"key=secret", {MARK + b"key"}) == b""
    assert without(b"key=secret", {b"key"}) == b"key=secret"


@given(st.binary(max_size=60))
def test_no_query_keeps_a_parameter_that_was_taken_out(query: bytes) -> None:
    assert parameters(without(query, {MARK + b"key"}), b"key") == []
