"""Frames of AWS event streams."""

import itertools
import struct
from zlib import crc32

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.dialects.bedrock_converse.frame import Frame, FrameReader, read_frame, write_frame

HEADERS = st.dictionaries(st.text("abc:-é", min_size=1, max_size=20), st.text(max_size=50), max_size=4)


@given(HEADERS, st.binary(max_size=200))
def test_a_frame_comes_back_as_it_was(headers: dict[str, str], payload: bytes):
    assert FrameReader(10**6).feed(write_frame(headers, payload)) == [Frame(headers, payload)]


@given(HEADERS, st.binary(max_size=200))
def test_amazons_own_reader_understands_it(headers: dict[str, str], payload: bytes):
    buffer = EventStreamBuffer()
    buffer.add_data(write_frame(headers, payload))
    (message,) = list(buffer)
    assert (message.headers, message.payload) == (headers, payload)


@given(st.lists(st.integers(1, 300), max_size=8).map(sorted))
def test_however_they_are_torn_frames_come_whole(cuts: list[int]):
    data = b"".join(write_frame({"a": str(each)}, bytes(each * 20)) for each in range(5))
    reader = FrameReader(10**6)
    edges = [0, *cuts, len(data)]
    found = [each for a, b in itertools.pairwise(edges) for each in reader.feed(data[a:b])]
    assert [each.headers["a"] for each in found] == ["0", "1", "2", "3", "4"]
    assert reader.empty


def test_a_header_of_any_kind_is_read():
    kinds = b"\x01b\x00" + b"\x01i\x04\x00\x00\x00\x05" + b"\x01u\x09" + bytes(16) + b"\x01x\x06\x00\x02\xab\xcd"
    assert read_frame(frame(kinds)).headers == {"b": "", "i": "00000005", "u": "00" * 16, "x": "abcd"}


def frame(headers: bytes, payload: bytes = b"", length: int | None = None) -> bytes:
    prelude = struct.pack(">II", 16 + len(headers) + len(payload) if length is None else length, len(headers))
    body = prelude + struct.pack(">I", crc32(prelude)) + headers + payload
    return body + struct.pack(">I", crc32(body))


@given(st.integers(0, 60), st.integers(0, 7))
def test_a_single_wrong_bit_is_noticed(place: int, bit: int):
    data = bytearray(write_frame({":event-type": "metadata"}, b'{"usage":{"inputTokens":5}}'))
    data[place] ^= 1 << bit
    with pytest.raises(UpstreamProtocolError):
        FrameReader(10**6).feed(bytes(data))


@pytest.mark.parametrize(
    "data",
    [
        frame(b"\x05ab"),
        frame(b"\x01a\x07\xff\xffx"),
        frame(b"\x01a\x63"),
        frame(b"\x01\xff\x07\x00\x00"),
        frame(b"", length=8),
    ],
)
def test_headers_that_cannot_be_read_are_the_providers_fault(data: bytes):
    with pytest.raises(UpstreamProtocolError):
        FrameReader(10**6).feed(data)


def test_a_frame_that_is_too_large_is_refused_by_its_prelude():
    with pytest.raises(UpstreamProtocolError):
        FrameReader(100).feed(write_frame({}, bytes(200))[:12])


@given(st.binary(max_size=100))
def test_nonsense_raises_nothing_else(data: bytes):
    reader = FrameReader(10**6)
    try:
        reader.feed(data)
    except UpstreamProtocolError:
        assert len(data) >= 12
