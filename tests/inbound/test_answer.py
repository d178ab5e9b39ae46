"""Heads of answers: end-to-end fields only, and nothing that could end a line early."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.errors import InternalError
from trigate.core.parts import Head
from trigate.inbound.answer import encode_head, encode_interim, encode_trailers


def test_fields_go_out_in_order_and_framing_is_told_apart():
    block = encode_head(Head(200, [(b"a", b"1"), (b"content-length", b"5"), (b"date", b"then"), (b"a", b"2")]))
    assert block.lines == b"HTTP/1.1 200 OK\r\na: 1\r\na: 2\r\n"
    assert (block.status, block.length, block.date) == (200, 5, b"date: then\r\n")


@pytest.mark.parametrize(
    "name", [b"connection", b"keep-alive", b"te", b"transfer-encoding", b"upgrade", b"proxy-connection"]
)
def test_fields_of_one_connection_end_here(name: bytes):
    assert encode_head(Head(200, [(name, b"x"), (b"a", b"b")])).lines == b"HTTP/1.1 200 OK\r\na: b\r\n"


def test_fields_that_connection_lists_end_here_too():
    block = encode_head(Head(200, [(b"connection", b"close, X-Hop"), (b"x-hop", b"1"), (b"a", b"b")]))
    assert block.lines == b"HTTP/1.1 200 OK\r\na: b\r\n"


@pytest.mark.parametrize("value", [b"a\r\nb: c", b"a\nb", b"a\rb", b"a\0b"])
def test_a_value_that_could_end_its_line_is_never_sent(value: bytes):
    for headers in ([(b"x", value)], [(b"x" + value, b"y")]):
        with pytest.raises(InternalError):
            encode_head(Head(200, headers))
    with pytest.raises(InternalError):
        encode_head(Head(200, [], value))


@given(st.lists(st.tuples(st.binary(min_size=1, max_size=9), st.binary(max_size=9)), max_size=5))
def test_whatever_the_fields_a_head_has_as_many_lines_as_fields(headers: list[tuple[bytes, bytes]]):
    try:
        block = encode_head(Head(200, headers))
    except InternalError:
        return
    assert block.lines.count(b"\n") == block.lines.count(b"\r\n") <= len(headers) + 1


@pytest.mark.parametrize("value", [b"", b"-1", b"5, 5", b"x", b"9" * 19])
def test_a_length_that_is_none_is_a_fault(value: bytes):
    with pytest.raises(InternalError):
        encode_head(Head(200, [(b"content-length", value)]))


def test_two_lengths_are_a_fault_unless_they_agree():
    assert encode_head(Head(200, [(b"content-length", b"5"), (b"content-length", b"5")])).length == 5
    with pytest.raises(InternalError):
        encode_head(Head(200, [(b"content-length", b"5"), (b"content-length", b"6")]))


def test_reasons_are_standard_unless_given():
    assert encode_head(Head(404, [])).lines == b"HTTP/1.1 404 Not Found\r\n"
    assert encode_head(Head(404, [], b"Gone Fishing")).lines == b"HTTP/1.1 404 Gone Fishing\r\n"
    assert encode_head(Head(599, [])).lines == b"HTTP/1.1 599 \r\n"
    with pytest.raises(InternalError):
        encode_head(Head(600, []))


def test_interim_heads_are_whole():
    assert encode_interim(Head(103, [(b"link", b"</a>")])) == b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"
    switched = encode_interim(Head(101, [(b"upgrade", b"websocket"), (b"a", b"b")]))
    assert switched == b"HTTP/1.1 101 Switching Protocols\r\na: b\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
    with pytest.raises(InternalError):
        encode_interim(Head(101, []))


def test_trailers_never_frame_or_authenticate():
    sent = encode_trailers(
        [(b"grpc-status", b"0"), (b"content-length", b"5"), (b"set-cookie", b"a"), (b"x", b"a\r\nb")]
    )
    assert sent == b"grpc-status: 0\r\n"
