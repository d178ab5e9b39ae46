"""A body on the disk: read as it was written, bounded, and gone in the end."""

import asyncio
from pathlib import Path

import pytest

from trigate.core.errors import PayloadTooLarge
from trigate.core.parts import Data, Part
from trigate.core.signal import Signal
from trigate.llm.resource.scroll import Scroll, receive


class Sends:
    """A caller who sends pieces."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)
        self.signal = Signal(asyncio.get_running_loop())
        self.size = 0
        self.taken = self.ready = True
        self.ended = False

    async def next(self) -> Part | None:
        return Data(self.pieces.pop(0)) if self.pieces else None

    async def read(self, limit: int) -> bytes:
        return b"".join(self.pieces)


def deleted_files() -> int:
    """Open files of this process that have no name."""
    found = 0
    for each in Path("/proc/self/fd").iterdir():
        try:
            found += each.readlink().name.endswith("(deleted)")
        except OSError:
            continue
    return found


async def test_it_is_read_as_it_was_sent():
    before = deleted_files()
    with await receive(Sends(b"ab", b"", b"cd"), 4) as scroll:
        assert scroll.view[:] == b"abcd"
        assert scroll.size == 4
        assert scroll.view.find(b"cd") == 2
    assert deleted_files() == before


async def test_one_byte_too_many_is_refused_and_nothing_is_left():
    before = deleted_files()
    with pytest.raises(PayloadTooLarge):
        await receive(Sends(b"ab", b"cde"), 4)
    assert deleted_files() == before


def test_an_empty_one_is_empty():
    with Scroll() as scroll:
        assert scroll.view == b""
