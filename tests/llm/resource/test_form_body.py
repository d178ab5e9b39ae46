"""A form goes out piece by piece, exactly as long as it said."""

import asyncio

from trigate.core.parts import Data
from trigate.core.signal import Signal
from trigate.llm.resource.form import Form, Part
from trigate.llm.resource.form_body import PIECE, FormBody

CONTENT = bytes(range(256)) * 1024
FORM = Form({"purpose": b"batch"}, Part("file", 0, 0, "a.bin", b"text/plain"))


def body() -> FormBody:
    return FormBody(Signal(asyncio.get_running_loop()), FORM, b"xx" + CONTENT + b"yy", (2, 2 + len(CONTENT)))


async def test_all_of_it_goes_out_in_bounded_pieces():
    made = body()
    pieces: list[bytes] = []
    while (part := await made.next()) is not None:
        assert isinstance(part, Data)
        pieces.append(part.payload)
    whole = b"".join(pieces)
    assert len(whole) == made.length
    assert CONTENT in whole
    assert max(map(len, pieces)) <= PIECE
    assert made.content_type.partition(b"boundary=")[2] in whole
    assert made.ended
    assert made.taken
    assert not made.ready


async def test_it_can_be_had_at_once_to_be_signed():
    made = body()
    assert len(await made.read(2**30)) == made.length
    assert await made.next() is None
