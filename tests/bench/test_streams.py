"""The caller of many streams counts every event once, however the bytes are cut."""

import time

from hypothesis import given
from hypothesis import strategies as st

from bench.streams import Stream, Tally
from bench.upstreams import chat
from tests.bench.fake import FakeTransport

ANSWER = chat.HEAD + b"".join(b"1234567890123456789".join(part) for part in (chat.FIRST, chat.WORD, chat.LAST))


@given(st.lists(st.integers(1, 60), max_size=40))
def test_any_cut_counts_the_same(sizes: list[int]) -> None:
    stream = Stream(b"ask", Tally())
    stream.connection_made(FakeTransport())
    rest = ANSWER + chat.DONE
    for size in sizes:
        stream.data_received(rest[:size])
        rest = rest[size:]
    stream.data_received(rest)
    assert stream.tally.events == 4
    assert stream.tally.opened == 1


def test_the_end_of_an_answer_asks_again() -> None:
    transport = FakeTransport()
    stream = Stream(b"ask", Tally())
    stream.connection_made(transport)
    stream.data_received(ANSWER)
    assert bytes(transport.written) == b"ask"
    stream.data_received(chat.DONE)
    assert bytes(transport.written) == b"askask"


def test_the_stamp_tells_the_delay() -> None:
    stream = Stream(b"ask", Tally())
    stream.connection_made(FakeTransport())
    stream.data_received((b"%019d" % (time.monotonic_ns() - 5_000_000)).join(chat.WORD))
    assert 5_000_000 <= stream.tally.delays[0] < 1_000_000_000
