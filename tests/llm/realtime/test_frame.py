"""Frames are read whatever pieces they come in, and nothing that is none is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.llm.realtime.frame import (
    BINARY,
    PING,
    TEXT,
    BadFrame,
    Frame,
    FrameReader,
    accept_key,
    fresh_key,
    mask,
    write_frame,
)

FRAMES = st.lists(
    st.one_of(
        st.builds(Frame, st.sampled_from([TEXT, BINARY]), st.binary(max_size=300)),
        st.builds(Frame, st.just(PING), st.binary(max_size=125)),
    ),
    max_size=5,
)


@given(FRAMES, st.booleans(), st.integers(1, 50))
def test_what_was_written_is_read(frames: list[Frame], masked: bool, step: int):
    raw = b"".join(write_frame(each, masked=masked) for each in frames)
    reader = FrameReader(1000, masked=masked)
    found: list[Frame] = []
    for start in range(0, len(raw), step):
        found += reader.feed(raw[start : start + step])
    assert found == frames


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536, 100_000])
def test_every_length_has_its_form(size: int):
    frame = Frame(BINARY, b"x" * size)
    assert FrameReader(2**20, masked=True).feed(write_frame(frame, masked=True)) == [frame]


def test_a_message_in_fragments_comes_whole_and_control_frames_between_them():
    raw = b"\x01\x02he" + b"\x89\x01p" + b"\x00\x02ll" + b"\x80\x01o"
    assert FrameReader(100, masked=False).feed(raw) == [Frame(PING, b"p"), Frame(TEXT, b"hello")]


def test_fragments_with_nothing_in_them_leave_nothing_behind():
    reader = FrameReader(100, masked=False)
    assert reader.feed(b"\x01\x00" + b"\x00\x00" * 1000) == []
    assert reader._pieces == []
    assert reader.feed(b"\x80\x00") == [Frame(TEXT, b"")]


@pytest.mark.parametrize(
    "raw",
    [
        b"\xc1\x00",  # a bit of an extension
        b"\x83\x00",  # an unknown opcode
        b"\x81\x80\x00\x00\x00\x00",  # masked where it must not be
        b"\x89\x7e\x00\xff",  # a long ping
        b"\x09\x00",  # a ping in fragments
        b"\x80\x00",  # continues nothing
        b"\x01\x00\x81\x00",  # does not continue what was begun
        b"\x82\x7f" + b"\xff" * 8,  # an absurd length
        b"\x01\x3cx" + b"x" * 59 + b"\x80\x3c" + b"x" * 60,  # too large in sum
    ],
)
def test_what_is_no_frame_is_refused(raw: bytes):
    with pytest.raises(BadFrame):
        FrameReader(100, masked=False).feed(raw)


def test_a_frame_of_a_client_is_masked():
    with pytest.raises(BadFrame):
        FrameReader(100, masked=True).feed(b"\x81\x00")


@given(st.binary(max_size=50), st.binary(min_size=4, max_size=4))
def test_masking_twice_changes_nothing(payload: bytes, key: bytes):
    assert mask(mask(payload, key), key) == payload
    assert mask(payload, key) == bytes(byte ^ key[place % 4] for place, byte in enumerate(payload))


def test_the_handshake_is_that_of_the_standard():
    assert accept_key(b"dGhlIHNhbXBsZSBub25jZQ==") == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert len(fresh_key()) == 24
    assert fresh_key() != fresh_key()
