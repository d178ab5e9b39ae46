"""Lines come whole, however their bytes were torn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.resource.line import LineReader


@given(st.lists(st.binary(max_size=8).map(lambda each: each.replace(b"\n", b".")), max_size=6), st.integers(1, 5))
def test_torn_lines_are_put_together(lines: list[bytes], step: int):
    body = b"\n".join(lines)
    reader = LineReader(100)
    found: list[bytes] = []
    for start in range(0, len(body), step):
        found += reader.feed(body[start : start + step])
    found += reader.finish()
    assert found == [each for each in lines if each.strip()]


def test_a_line_without_end_is_refused():
    with pytest.raises(UpstreamProtocolError):
        list(LineReader(10).feed(b"x" * 11))


def test_a_line_without_end_is_refused_however_it_comes():
    reader = LineReader(10)
    list(reader.feed(b"a\n" + b"x" * 6))
    with pytest.raises(UpstreamProtocolError):
        list(reader.feed(b"x" * 5))
