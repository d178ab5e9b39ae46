"""Sending a caller's body piece by piece."""

from typing import Any

import pytest

from tests.outbound.chaos import Body
from trigate.core.errors import InternalError
from trigate.core.parts import Data, Trailers
from trigate.core.signal import Signal
from trigate.outbound.request import CHUNKED, NO_BODY
from trigate.outbound.upload import Upload, trailer_lines


class Line:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.writable = True
        self.sent = b""
        self.ended = False
        self.told = self.free = 0

    def write(self, pieces: list[bytes]) -> None:
        self.sent += b"".join(pieces)

    def write_eof(self) -> None:
        self.ended = True

    def uploaded(self) -> None:
        self.told += 1

    def released(self) -> None:
        self.free += 1


def upload(body: Body, length: int, held: bool = False) -> tuple[Upload, Line]:
    made, line = Upload(body, length, held), Line()
    made.attach(line)
    return made, line


def body(*parts: Any, whole: bool = True) -> Body:
    loop: Any = None
    return Body(Signal(loop), *parts, whole=whole)


async def drive(made: Upload) -> None:
    while made.ready:
        await made.step()


async def test_chunks_end_once_and_empty_pieces_never_end_them():
    made, line = upload(body(Data(b"abc"), Data(b""), Data(b"d" * 16)), CHUNKED)
    await drive(made)
    assert line.sent == b"3\r\nabc\r\n10\r\n" + b"d" * 16 + b"\r\n0\r\n\r\n"
    assert (made.finished, line.told, made.ready) == (True, 1, False)


async def test_a_length_is_kept_to_the_byte():
    made, line = upload(body(Data(b"abc"), Data(b"def")), 6)
    await drive(made)
    assert (line.sent, made.finished) == (b"abcdef", True)
    for parts in ([Data(b"abcdefg")], [Data(b"abc")]):
        made, line = upload(body(*parts), 6)
        with pytest.raises(InternalError):
            await drive(made)
        assert not made.finished


async def test_nothing_moves_while_held_or_while_the_upstream_takes_nothing():
    made, line = upload(body(Data(b"ab"), whole=False), 3, held=True)
    assert not made.ready
    made.held = False
    line.writable = False
    assert not made.ready
    line.writable = True
    await made.step()
    assert line.sent == b"ab"


async def test_a_body_that_is_here_already_waits_for_no_consent():
    source = body(Data(b"ab"), whole=False)
    made, line = upload(source, 3, held=True)
    source.parts.append(Data(b"c"))
    source.size, source.whole = 3, True
    await drive(made)
    assert (line.sent, made.finished, line.free, line.told) == (b"abc", True, 1, 1)


async def test_a_caller_that_waits_for_consent_is_asked_once_consent_is_there():
    made, _ = upload(body(whole=False), 3, held=True)
    made.held = False
    assert made.ready  # though nothing is at hand: the first pull is what tells the caller to go on
    made, _ = upload(body(whole=False), 3)
    assert not made.ready


async def test_a_switch_turns_framing_off():
    source = body()
    made, line = upload(source, NO_BODY)
    assert (made.finished, made.ready) == (True, False)
    made.switch()
    source.feed(Data(b"\x00raw"), whole=True)
    await drive(made)
    assert (line.sent, line.ended) == (b"\x00raw", True)


def test_trailers_leave_out_what_means_nothing_there():
    assert trailer_lines(Trailers([(b"x", b"1"), (b"host", b"a")])) == [b"x: 1\r\n"]
    assert trailer_lines(None) == []
