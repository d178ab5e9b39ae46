"""The file format: torn tails at every byte, what an earlier use left behind, and files that are not ours."""

import os
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.store.segment import (
    RECORD,
    SEGMENT_BYTES,
    UNFINISHED,
    Segment,
    abandoned,
    read_state,
    records,
    seed,
    write_acknowledged,
)


def framed(payloads: list[bytes], checksum_seed: int) -> bytes:
    return b"".join(RECORD.pack(len(each), zlib.crc32(each, checksum_seed)) + each for each in payloads)


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=8), st.integers(0, 2**32 - 1), st.data())
def test_a_tail_torn_at_any_byte_gives_exactly_the_whole_records_before_it(
    payloads: list[bytes], checksum_seed: int, data: st.DataObject
):
    whole = framed(payloads, checksum_seed)
    cut = data.draw(st.integers(0, len(whole)))
    found, size = records(whole[:cut] + bytes(60), checksum_seed)
    ends = [len(framed(payloads[: count + 1], checksum_seed)) for count in range(len(payloads))]
    # A record whose missing bytes are zero anyway is whole, whatever was cut.
    assert found == payloads[: len(found)]
    assert len(found) >= sum(end <= cut for end in ends)
    assert size == len(framed(found, checksum_seed))


@given(st.binary(max_size=200), st.integers(0, 2**32 - 1))
def test_any_bytes_are_read_without_harm(chunk: bytes, checksum_seed: int):
    found, size = records(chunk, checksum_seed)
    assert size <= len(chunk)
    assert framed(found, checksum_seed) == chunk[:size]


def test_records_of_an_earlier_use_never_pass():
    assert records(framed([b"old"], 1), 2) == ([], 0)


def test_a_segment_has_its_blocks_from_the_start_and_is_its_owners_alone(tmp_path: Path):
    segment = Segment(tmp_path / "a.spool")
    found = os.stat(segment.path)
    assert (found.st_size, found.st_mode & 0o777) == (SEGMENT_BYTES, 0o600)
    assert found.st_blocks * 512 >= SEGMENT_BYTES
    assert not list(tmp_path.glob(f"*{UNFINISHED}"))
    segment.close(remove=True)
    assert not segment.path.exists()


def test_a_segment_that_cannot_be_made_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(OSError, match="No space left"):
        Segment(tmp_path / "a.spool")
    assert list(tmp_path.iterdir()) == []


def test_a_segment_is_abandoned_when_its_writer_lets_go(tmp_path: Path):
    segment = Segment(tmp_path / "a.spool")
    descriptor = os.open(segment.path, os.O_RDWR)
    assert not abandoned(descriptor)
    segment.close(remove=False)
    assert abandoned(descriptor)
    os.close(descriptor)


def test_a_segment_is_delivered_once_it_is_sealed_and_acknowledged_to_its_end(tmp_path: Path):
    segment = Segment(tmp_path / "a.spool")
    segment.open()
    descriptor = os.open(segment.path, os.O_RDWR)
    write_acknowledged(descriptor, 100)
    assert not segment.delivered
    segment.seal(200)
    assert not segment.delivered
    write_acknowledged(descriptor, 200)
    assert segment.delivered
    first = segment.epoch
    segment.open()
    assert not segment.delivered
    assert segment.epoch > first
    assert seed(segment.epoch) != seed(first)
    os.close(descriptor)
    segment.close(remove=True)


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 4096, b"trispool\x02\0\0\0" + bytes(100)])
def test_a_file_of_another_kind_or_version_has_no_state(tmp_path: Path, content: bytes):
    path = tmp_path / "a.spool"
    path.write_bytes(content)
    descriptor = os.open(path, os.O_RDWR)
    assert read_state(descriptor) is None
    os.close(descriptor)
