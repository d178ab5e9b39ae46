"""Writing request heads."""

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.errors import InternalError
from trigate.core.fields import HOP_BY_HOP
from trigate.core.parts import Headers
from trigate.outbound.request import CHUNKED, NO_BODY, Block


def head(method: bytes = b"GET", headers: Headers | None = None, length: int = 0, upgrade: bytes = b"") -> list[bytes]:
    written = Block(headers or []).head(method, b"/", b"a.example", length, upgrade)
    assert written.endswith(b"\r\n\r\n")
    return written[:-4].split(b"\r\n")


@pytest.mark.parametrize(
    ("method", "length", "framing"),
    [
        (b"GET", 0, []),
        (b"GET", 3, [b"content-length: 3"]),
        (b"DELETE", 0, []),
        (b"POST", 0, [b"content-length: 0"]),
        (b"PUT", NO_BODY, [b"content-length: 0"]),
        (b"PATCH", 5, [b"content-length: 5"]),
        (b"GET", NO_BODY, []),
        (b"POST", CHUNKED, [b"transfer-encoding: chunked"]),
        (b"GET", CHUNKED, [b"transfer-encoding: chunked"]),
    ],
)
def test_the_framing_follows_from_the_body(method: bytes, length: int, framing: list[bytes]):
    assert head(method, length=length) == [method + b" / HTTP/1.1", b"host: a.example", *framing]


def test_hop_by_hop_fields_and_what_connection_names_are_dropped():
    headers = [(name, b"x") for name in sorted(HOP_BY_HOP - {b"connection"})]
    headers += [(b"connection", b"close, X-Hop"), (b"x-hop", b"1"), (b"content-length", b"9"), (b"x-stays", b"1")]
    assert head(headers=headers) == [b"GET / HTTP/1.1", b"host: a.example", b"x-stays: 1"]


def test_a_host_of_the_call_takes_the_place_of_the_endpoints():
    assert head(headers=[(b"host", b"b.example")]) == [b"GET / HTTP/1.1", b"host: b.example"]


def test_te_goes_on_only_for_trailers_and_is_named_in_connection():
    assert head(headers=[(b"te", b"gzip, Trailers")])[-2:] == [b"connection: te", b"te: trailers"]
    assert head(headers=[(b"te", b"gzip")]) == [b"GET / HTTP/1.1", b"host: a.example"]


def test_upgrade_is_asked_for_only_by_the_call():
    assert head(headers=[(b"upgrade", b"h2c"), (b"connection", b"upgrade")]) == [b"GET / HTTP/1.1", b"host: a.example"]
    assert head(upgrade=b"websocket")[-2:] == [b"connection: upgrade", b"upgrade: websocket"]


def test_expect_is_kept_only_where_there_is_a_body():
    expecting = [(b"expect", b"100-Continue")]
    assert Block(expecting).waits(3)
    assert not Block(expecting).waits(0)
    assert not Block([(b"expect", b"202-please")]).waits(3)
    assert head(b"PUT", expecting, CHUNKED)[-2:] == [b"transfer-encoding: chunked", b"expect: 100-continue"]


@pytest.mark.parametrize("target", [b"", b"/a b", b"/a\r\nb", b"/\0", b"/a\tb\n"])
def test_a_target_that_would_end_early_is_never_sent(target: bytes):
    with pytest.raises(InternalError):
        Block([]).head(b"GET", target, b"a", 0)


@pytest.mark.parametrize("method", [b"", b"G ET", b"GET\r\n", b"G\0T", b"G:"])
def test_a_method_that_is_none_is_never_sent(method: bytes):
    with pytest.raises(InternalError):
        Block([]).head(method, b"/", b"a", 0)


@pytest.mark.parametrize("name", [b"host", b"x"])
@pytest.mark.parametrize("value", [b"a\r\nb: c", b"a\nb", b"a\rb", b"a\0"])
def test_a_field_that_would_break_the_head_apart_is_never_sent(name: bytes, value: bytes):
    with pytest.raises(InternalError):
        Block([(name, value)]).head(b"GET", b"/", b"a", 0)


def test_an_upgrade_that_would_break_the_head_apart_is_never_sent():
    with pytest.raises(InternalError):
        Block([]).head(b"GET", b"/", b"a", 0, b"x\r\ny: z")


def test_fields_that_were_written_once_can_be_sent_again_and_lines_of_our_own_go_behind_them():
    block = Block([(b"x-a", b"1"), (b"connection", b"close")])
    for _ in range(2):
        written = block.head(b"GET", b"/", b"a", 0, extra=b"x-b: 2\r\n")
        assert written == b"GET / HTTP/1.1\r\nhost: a\r\nx-a: 1\r\nx-b: 2\r\n\r\n"


def test_unusual_methods_are_sent():
    assert head(b"PROPFIND")[0] == b"PROPFIND / HTTP/1.1"


BYTES = st.binary(max_size=12)


@given(BYTES, st.lists(st.tuples(BYTES, BYTES), max_size=4), st.integers(0, 3))
def test_whatever_the_fields_are_a_strict_reader_sees_one_request_or_none_was_sent(
    target: bytes, headers: Headers, length: int
):
    try:
        written = Block(headers).head(b"POST", b"/" + target, b"a.example", length)
    except InternalError:
        return
    assert written.count(b"\r\n\r\n") >= 1
    fields = [b"content-length", b"host"]
    reader = h11.Connection(h11.SERVER)
    reader.receive_data(written + b"x" * length)
    try:
        event = reader.next_event()
    except h11.RemoteProtocolError:
        return
    assert isinstance(event, h11.Request)
    assert [name for name, _ in event.headers if name in fields].count(b"host") == 1
    assert event.target == b"/" + target


def test_the_next_head_does_not_depend_on_the_last() -> None:
    block = Block([(b"x-a", b"1")])
    fresh = [Block([(b"x-a", b"1")]).head(b"GET", b"/%d" % n, b"a", n, extra=b"x-n: %d\r\n" % n) for n in (0, 0, 1, 0)]
    assert [block.head(b"GET", b"/%d" % n, b"a", n, extra=b"x-n: %d\r\n" % n) for n in (0, 0, 1, 0)] == fresh
