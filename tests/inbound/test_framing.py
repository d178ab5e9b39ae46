"""Bodies keep their bytes however they are cut, and what frames them has bounds."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.errors import BadRequest
from trigate.core.parts import Headers
from trigate.inbound.framing import EXTENSION_BYTES, Chunked, Counted, Framing, Raw
from trigate.inbound.settings import InboundLimits


class Kept:
    """A receiver that keeps what it gets."""

    def __init__(self) -> None:
        self.payload = b""
        self.pushes = 0
        self.trailers: Headers | None = None

    def push(self, payload: bytes) -> None:
        assert payload
        self.payload += payload
        self.pushes += 1

    def complete(self, trailers: Headers) -> None:
        assert self.trailers is None
        self.trailers = trailers


def fed(framing: Framing, pieces: list[bytes]) -> tuple[Kept, bytes]:
    kept, rest = Kept(), b""
    for piece in pieces:
        rest = framing.feed(rest + piece, kept) if kept.trailers is None else rest + piece
    return kept, rest


def cut(raw: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({0, len(raw), *(place % (len(raw) + 1) for place in places)})
    return [raw[a:b] for a, b in pairwise(ends)]


def chunks(payloads: list[bytes]) -> bytes:
    return b"".join(b"%X;x=%d\r\n%b\r\n" % (len(each), n, each) for n, each in enumerate(payloads))


@given(body=st.binary(max_size=60), behind=st.binary(max_size=20), places=st.lists(st.integers(0, 99), max_size=6))
def test_a_counted_body_ends_where_its_length_says(body: bytes, behind: bytes, places: list[int]):
    kept, rest = fed(Counted(len(body)), cut(body + behind, places) or [b""])
    assert (kept.payload, rest, kept.trailers) == (body, behind, [])


def test_nothing_is_no_piece():
    for framing in (Counted(5), Chunked(InboundLimits()), Raw()):
        kept, _ = fed(framing, [b""])
        assert (kept.pushes, kept.trailers) == (0, None)


@given(
    payloads=st.lists(st.binary(min_size=1, max_size=40), max_size=8),
    behind=st.binary(max_size=20),
    places=st.lists(st.integers(0, 999), max_size=9),
)
def test_a_chunked_body_is_its_payloads(payloads: list[bytes], behind: bytes, places: list[int]):
    raw = chunks(payloads) + b"0\r\nA: b\r\n\r\n" + behind
    kept, rest = fed(Chunked(InboundLimits()), cut(raw, places))
    assert (kept.payload, rest, kept.trailers) == (b"".join(payloads), behind, [(b"a", b"b")])


def test_a_flood_of_tiny_chunks_arrives_as_one_piece():
    kept, _ = fed(Chunked(InboundLimits()), [chunks([b"x"] * 500)])
    assert (kept.payload, kept.pushes) == (b"x" * 500, 1)


def test_extensions_are_counted_over_the_whole_body():
    framing, chunk = Chunked(InboundLimits()), b"1;" + b"a" * 1000 + b"\r\nx\r\n"
    framing.feed(chunk * (EXTENSION_BYTES // 1001), Kept())
    with pytest.raises(BadRequest, match="extensions"):
        framing.feed(chunk, Kept())


@pytest.mark.parametrize("endless", [b"1" * 5000, b"1;" + b"a" * 5000, b"0\r\nA: " + b"b" * 20_000])
def test_a_line_without_end_is_refused_before_it_ends(endless: bytes):
    with pytest.raises(BadRequest, match="longer"):
        fed(Chunked(InboundLimits()), [endless[at : at + 1000] for at in range(0, len(endless), 1000)])


def test_own_trailers_are_dropped_and_doubled_ones_refused():
    kept, _ = fed(Chunked(InboundLimits()), [b"0\r\nX-Trigate-A: 1\r\nB: c\r\n\r\n"])
    assert kept.trailers == [(b"b", b"c")]
    with pytest.raises(BadRequest, match="more than once"):
        fed(Chunked(InboundLimits()), [b"0\r\nidempotency-key: 1\r\nidempotency-key: 2\r\n\r\n"])


@given(raw=st.binary(max_size=80) | st.text("0123456789abcdefx;\r\n :", max_size=80).map(str.encode))
def test_no_bytes_whatever_break_a_chunked_body_but_by_being_refused(raw: bytes):
    kept = Kept()
    try:
        rest = Chunked(InboundLimits()).feed(raw, kept)
    except BadRequest:
        return
    assert raw.endswith(rest)


def test_raw_bytes_have_no_end():
    kept, rest = fed(Raw(), [b"a", b"", b"0\r\n\r\n"])
    assert (kept.payload, rest, kept.trailers) == (b"a0\r\n\r\n", b"", None)


def test_fields_of_the_gateways_own_count_for_nothing_behind_a_body():
    own = b"x-trigate-user: ada\r\nx-trigate-cache: off\r\nx-trigate-role: root\r\nA: b\r\n"
    kept, rest = fed(Chunked(InboundLimits()), [b"0\r\n" + own + b"\r\n"])
    assert (kept.trailers, rest) == ([(b"a", b"b")], b"")
