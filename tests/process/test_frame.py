"""Framing: any cut of the bytes gives the same frames, and nonsense is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trigate.process.frame import FRAME_BYTES, HEADER, OPENING_BYTES, FrameError, Frames, Kind, encode, split

frame = st.tuples(st.integers(0, 2**32 - 1), st.sampled_from(Kind), st.binary(max_size=50))


@settings(deadline=None)
@given(st.lists(frame, max_size=8), st.lists(st.integers(1, 30), min_size=1, max_size=8))
def test_every_cut_of_the_bytes_gives_the_same_frames(sent: list[tuple[int, Kind, bytes]], cuts: list[int]):
    wire = b"".join(encode(*each) for each in sent)
    frames, found, at, turn = Frames(), [], 0, 0
    while at < len(wire):
        found += frames.feed(wire[at : at + cuts[turn % len(cuts)]])
        at, turn = at + cuts[turn % len(cuts)], turn + 1
    assert found == sent


@given(st.integers(0, 5 * FRAME_BYTES))
def test_a_message_is_split_into_parts_that_make_it_up_again(size: int):
    parts = list(split(bytes(size)))
    assert [kind for kind, _ in parts] == [Kind.PART] * (len(parts) - 1) + [Kind.LAST]
    assert sum(len(part) for _, part in parts) == size
    assert all(len(part) <= FRAME_BYTES for _, part in parts)


@pytest.mark.parametrize("header", [(FRAME_BYTES + 1, 1, 2), (OPENING_BYTES + 1, 1, 1), (0, 1, 0), (0, 1, 99)])
def test_a_frame_too_long_or_of_no_known_kind_is_refused(header: tuple[int, int, int]):
    with pytest.raises(FrameError):
        Frames().feed(HEADER.pack(*header))


@given(st.binary(max_size=100))
def test_any_bytes_are_frames_or_refused(data: bytes):
    try:
        Frames().feed(data)
    except FrameError:
        return
