"""Heads that are recognised: the same bytes mean the same, and nothing else is taken for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.outbound.line import Line
from trigate.outbound.memory import REMEMBERED_BYTES

HEAD = b"HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 5\r\n\r\n"


def ask(line: Line, data: bytes, *, bodyless: bool = False) -> tuple[object, ...]:
    answer = line.begin(bodyless=bodyless)
    line.connection.data_received(data)
    error = answer.error and type(answer.error)
    return (answer.final, answer.take(), answer.trailers, answer.done, error, line.wire.is_closing())


def knowing() -> Line:
    """A connection that has seen HEAD before."""
    line = Line()
    ask(line, HEAD + b"first")
    return line


def test_the_same_head_is_recognised_and_carries_another_body():
    line = knowing()
    again = ask(line, HEAD + b"other")
    assert again == ask(Line(), HEAD + b"other")
    assert again[0] is ask(line, HEAD + b"third")[0]


@pytest.mark.parametrize(
    "data",
    [
        HEAD.replace(b"X-A: b", b"X-A: c") + b"other",
        HEAD.replace(b" 200 ", b" 500 ") + b"other",
        HEAD.replace(b": 5", b": 6") + b"others",
        HEAD.replace(b": 5", b": 4") + b"otherX",
        HEAD + b"part",
        HEAD + b"otherX",
        HEAD + b"otherHTTP/1.1 200 OK\r\n\r\n",
        HEAD[:-2] + b"Connection: close\r\n\r\nother",
        b"HTTP/1.1 103 Hints\r\n\r\n" + HEAD + b"other",
    ],
)
def test_anything_else_is_read_as_if_nothing_were_known(data: bytes):
    assert ask(knowing(), data) == ask(Line(), data)


@given(st.integers(0, len(HEAD) - 1), st.integers(0, 255))
def test_a_head_that_differs_in_one_byte_is_read_as_if_nothing_were_known(at: int, byte: int):
    data = bytearray(HEAD + b"other")
    data[at] = byte
    assert ask(knowing(), bytes(data)) == ask(Line(), bytes(data))


def test_head_requests_are_never_answered_from_memory():
    assert ask(knowing(), HEAD, bodyless=True) == ask(Line(), HEAD, bodyless=True)
    line = Line()
    ask(line, HEAD, bodyless=True)
    assert ask(line, HEAD + b"other") == ask(Line(), HEAD + b"other")


def test_a_recognised_head_in_pieces_is_read_anew():
    line = knowing()
    answer = line.begin()
    line.connection.data_received(HEAD)
    assert not answer.done
    line.connection.data_received(b"other")
    assert (answer.done, answer.take()) == (True, b"other")


def test_long_heads_and_heads_that_close_are_not_kept():
    long = HEAD.replace(b"X-A: b", b"X-A: " + b"b" * REMEMBERED_BYTES)
    for data in (long + b"other", HEAD[:-2] + b"Connection: close\r\n\r\nother"):
        line = Line()
        first = ask(line, data)
        if not line.wire.is_closing():
            assert ask(line, data)[0] is not first[0]
        assert line.connection._known is None
