"""Reading answers: the same however the bytes are cut, and nothing beside the answer taken for it."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.outbound.line import Line
from trigate.core.errors import StreamBroken, UpstreamProtocolError
from trigate.core.parts import Head
from trigate.outbound.reader import MAX_CHUNKS, MAX_INFORMATIONAL

HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
WHOLE = {
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b \r\n\r\nhello",
    "chunks": b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nX-T: 1\r\n\r\n",
    "nothing": b"HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n",
    "not modified": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
    "informational": HINTS
    + HINTS
    + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive, X-A\r\nX-A: b\r\n\r\nok",
    "old": b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: Keep-Alive\r\n\r\nok",
    "without reason": b"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok",
    "last one": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
}


def read(data: bytes, cuts: list[int], **asked: Any) -> tuple[object, ...]:
    """Everything that is known after `data` came in the pieces that `cuts` make."""
    line = Line()
    answer = line.begin(**asked)
    edges = [0, *sorted(cuts), len(data)]
    for start, end in itertools.pairwise(edges):
        if start < end:
            line.connection.data_received(data[start:end])
    error = answer.error and (type(answer.error), str(answer.error))
    return (answer.final, answer.informational, answer.take(), answer.trailers, answer.done, error, line.reused)


@pytest.mark.parametrize("name", WHOLE)
def test_an_answer_cut_at_every_offset_is_the_same_answer(name: str):
    data = WHOLE[name]
    expected = read(data, [])
    assert expected[4]
    assert expected[6] == (name != "last one")
    for at in range(1, len(data)):
        assert read(data, [at]) == expected
    assert read(data, list(range(len(data)))) == expected


@given(st.sampled_from(sorted(WHOLE)), st.lists(st.integers(0, 200), max_size=8))
def test_an_answer_in_any_pieces_is_the_same_answer(name: str, cuts: list[int]):
    data = WHOLE[name]
    assert read(data, [cut for cut in cuts if cut < len(data)]) == read(data, [])


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=4))
def test_any_bytes_are_an_answer_or_an_error_and_never_an_exception(data: bytes, cuts: list[int]):
    read(b"HTTP/1.1 200 OK\r\n" + data, cuts)
    read(data or b"x", cuts)


@given(st.sampled_from(sorted(WHOLE)), st.integers(0, 150), st.integers(0, 255))
def test_a_damaged_byte_never_leads_to_two_answers(name: str, at: int, byte: int):
    data = bytearray(WHOLE[name])
    data[at % len(data)] = byte
    line = Line()
    line.begin()
    line.connection.data_received(bytes(data))
    line.connection.data_received(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
    assert not line.reused


def test_the_head_is_frozen_before_the_trailers():
    final = read(WHOLE["chunks"], [])[0]
    assert final == Head(404, [], b"Not Found")


def test_head_answers_leave_no_parser_behind_that_waits_for_a_body():
    line = Line()
    for _ in range(2):
        answer = line.begin(bodyless=True)
        line.connection.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
        assert (answer.done, answer.head.headers, answer.take()) == (True, [(b"content-length", b"5")], b"")
    answer = line.begin()
    line.connection.data_received(WHOLE["length"])
    assert answer.take() == b"hello"


def test_a_body_after_head_ends_the_connection():
    line = Line()
    answer = line.begin(bodyless=True)
    line.connection.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
    assert (answer.done, answer.take(), line.reused, line.wire.closed) == (True, b"", False, True)


def test_a_204_has_no_length():
    line = Line()
    answer = line.begin()
    line.connection.data_received(b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\nX-A: b\r\n\r\n")
    assert answer.head.headers == [(b"x-a", b"b")]


def test_informational_heads_are_counted():
    line = Line()
    answer = line.begin()
    line.connection.data_received(HINTS * MAX_INFORMATIONAL)
    assert len(answer.informational) == MAX_INFORMATIONAL
    line.connection.data_received(HINTS)
    assert isinstance(answer.error, UpstreamProtocolError)
    assert line.wire.aborted


def test_many_tiny_chunks_become_few_pieces():
    line = Line()
    answer = line.begin()
    line.connection.data_received(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    line.connection.data_received(b"1\r\nx\r\n" * (MAX_CHUNKS + 1))
    assert len(answer.chunks) == 1
    assert answer.take() == b"x" * (MAX_CHUNKS + 1)


def test_a_flood_between_two_pieces_of_a_body_is_bounded():
    line = Line()
    answer = line.begin()
    line.connection.data_received(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;")
    for _ in range(5):
        line.connection.data_received(b"x" * 16_384)
    assert isinstance(answer.error, StreamBroken)
    assert line.wire.aborted


@pytest.mark.parametrize("option", [b"content-length", b"Content-Length, close", b"transfer-encoding, content-length"])
def test_an_answer_is_never_short_of_its_length_whatever_connection_lists(option: bytes):
    line = Line()
    answer = line.begin()
    line.connection.data_received(
        b"HTTP/1.1 200 OK\r\nConnection: " + option + b"\r\nContent-Length: 5\r\nContent-Type: a/b\r\n\r\nhel"
    )
    assert answer.final is not None
    assert answer.final.headers == [(b"content-length", b"5"), (b"content-type", b"a/b")]
    line.connection.eof_received()
    assert isinstance(answer.error, StreamBroken)
    assert not answer.done
