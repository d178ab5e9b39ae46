"""Whole chunks: recognised only where the parser would find the very same payload and nothing beside it."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.outbound.line import Line
from trigate.outbound.answer import Answer
from trigate.outbound.chunk import LONGEST, whole_chunk

HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


def chunk(payload: bytes, form: bytes = b"%x") -> bytes:
    return form % len(payload) + b"\r\n" + payload + b"\r\n"


def test_a_chunk_of_every_length_is_recognised_in_either_case():
    for size in range(1, LONGEST - 7):
        payload = b"\n" * size
        for form in (b"%x", b"%X"):
            data = chunk(payload, form)
            assert data[whole_chunk(data) : -2] == payload


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n",
        b"0\r\n\r\n",
        b"4\r\nabc\r\n",
        b"4\r\nabcde\r\n",
        b"4\r\nabcdxx",
        b"4\nabcd\r\n",
        b"04\r\nabcd\r\n",
        b" 4\r\nabcd\r\n",
        b"+4\r\nabcd\r\n",
        b"4;a\r\nabcd\r\n",
        b"3\r\nabc\r\n0\r\n\r\n",
        b"1_0\r\n" + b"x" * 16 + b"\r\n",
        chunk(b"x" * LONGEST),
    ],
)
def test_anything_else_is_the_parsers(data: bytes):
    assert whole_chunk(data) == 0


@given(st.binary(max_size=40))
def test_no_other_bytes_are_taken_for_a_chunk(data: bytes):
    start = whole_chunk(data)
    payload = data[start:-2]
    assert not start or data in (chunk(payload), chunk(payload, b"%X"))


bodies = st.lists(
    st.one_of(
        st.binary(min_size=1, max_size=30).map(chunk),
        st.binary(min_size=1, max_size=30).map(lambda payload: chunk(payload, b"%04X")),
        st.sampled_from([b"3;a=b\r\nabc\r\n", b'3;a="b c"\r\nabc\r\n', b"4\r\n1\r\n\n\r\n", b"7\r\n2\r\nab\r\n\r\n"]),
    ),
    max_size=6,
)
ends = st.sampled_from(
    [b"0\r\n\r\n", b"0\r\nx-t: 1\r\n\r\n", b"", b"x\r\n", b"5\r\nab", b"2\r\nabc\r\n", b"1\nx\r\n", b"\r\n"]
)


def relayed(pieces: list[bytes], *, at_once: bool) -> tuple[object, ...]:
    """What is known after the pieces came, taken in their turns or left to the parser and the task."""
    line, taken = Line(), list[bytes]()
    answer = line.begin()

    def take(data: bytes, whole: bytes) -> bool:
        assert whole in (b"", chunk(data), chunk(data, b"%X"))
        taken.append(data)
        return True

    answer.taker = take if at_once else None
    for piece in pieces:
        line.connection.data_received(piece)
    body = b"".join([*taken, answer.take()])
    return body, answer.trailers, answer.done, answer.error and str(answer.error), line.reused


@given(bodies, ends, st.data())
def test_a_body_is_the_same_however_it_is_cut_and_taken(body: list[bytes], end: bytes, data: st.DataObject):
    whole = [HEAD, *body, *([end] if end else [])]
    raw = b"".join(whole)
    cuts = [0, *sorted(data.draw(st.sets(st.integers(1, len(raw)), max_size=8))), len(raw)]
    ragged = [raw[start:stop] for start, stop in itertools.pairwise(cuts) if start < stop]
    ends_at = list(itertools.accumulate(map(len, whole)))
    mixed = sorted({0, *ends_at, *data.draw(st.sets(st.integers(1, len(raw)), max_size=3))})
    mostly = [raw[start:stop] for start, stop in itertools.pairwise(mixed)]
    expected = relayed(whole, at_once=False)
    for pieces in (whole, ragged, mostly):
        assert relayed(pieces, at_once=True) == relayed(pieces, at_once=False) == expected


def tail(answer: Answer) -> bytes:
    return b"".join(answer.chunks)


def test_a_size_line_that_is_half_read_stays_with_the_parser():
    line, taken = Line(), list[bytes]()
    answer = line.begin()
    answer.taker = lambda data, _: not taken.append(data)
    line.connection.data_received(HEAD + chunk(b"one") + b"1")  # the size is 0x14
    line.connection.data_received(b"4\r\n" + b"y" * 4 + b"\r\n")
    line.connection.data_received(b"z" * 14 + b"\r\n")
    assert b"".join(taken) == b"one" + b"yyyy\r\n" + b"z" * 14
    assert tail(answer) == b""
    assert answer.error is None


def test_a_payload_that_looks_like_a_chunk_is_payload():
    line, taken = Line(), list[bytes]()
    answer = line.begin()
    answer.taker = lambda data, _: not taken.append(data)
    line.connection.data_received(HEAD + b"10\r\n")
    line.connection.data_received(chunk(b"three"))
    line.connection.data_received(b"123456\r\n")
    assert b"".join(taken) == chunk(b"three") + b"123456"
    assert answer.error is None


def test_a_chunk_that_is_declined_waits_for_the_task():
    line = Line()
    answer = line.begin()
    answer.taker = lambda *_: False
    line.connection.data_received(HEAD)
    line.connection.data_received(chunk(b"one"))
    line.connection.data_received(chunk(b"two"))
    assert answer.taker is None
    assert answer.take() == b"onetwo"
