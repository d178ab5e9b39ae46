"""Giving an answer again: the same bytes in bounded pieces, as fast as the caller reads."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from trigate.core.parts import Data, Head
from trigate.core.signal import Signal
from trigate.core.stream import Collector
from trigate.llm.cache.entry import FORM, Entry
from trigate.llm.cache.replay import PIECE, replay


@given(st.lists(st.integers(1, 2 * PIECE), min_size=1, max_size=12))
async def test_the_bytes_are_the_same_and_the_pieces_bounded(sizes: list[int]):
    blocks = [bytes([number % 256]) * size for number, size in enumerate(sizes)]
    sink = Collector(Signal(asyncio.get_running_loop()))
    last = await replay(Entry(FORM, 0, "", [(b"content-type", b"a")], blocks), sink)
    pieces = [part.payload for part in [*sink.parts, last] if isinstance(part, Data)]
    assert b"".join(pieces) == b"".join(blocks)
    assert max(map(len, pieces)) < PIECE + 2 * PIECE
    assert sink.parts[0] == Head(200, [(b"content-type", b"a")])


async def test_a_length_is_told_where_one_was_and_is_that_of_what_follows():
    sink = Collector(Signal(asyncio.get_running_loop()))
    await replay(Entry(FORM, 0, "", [(b"content-length", b"99")], [b"abc"]), sink)
    assert sink.parts[0] == Head(200, [(b"content-length", b"3")])
