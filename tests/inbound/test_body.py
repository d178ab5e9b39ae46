"""The incoming stream gives what came, in order, once, and says when it is too much or will not end."""

import asyncio

import pytest

from tests.inbound.dialogue import turn
from trigate.core.errors import BadRequest, PayloadTooLarge, RequestTimeout
from trigate.core.parts import Data, Trailers
from trigate.core.signal import Signal
from trigate.inbound.body import UNREAD_PIECES, CallerBody


class Tap:
    """A source that notes what the body asks of it."""

    def __init__(self) -> None:
        self.awaited = 0
        self.taken = 0

    def await_body(self) -> None:
        self.awaited += 1

    def body_taken(self) -> None:
        self.taken += 1


def body(declared: int = -1) -> tuple[CallerBody, Tap]:
    tap = Tap()
    return CallerBody(tap, Signal(asyncio.get_running_loop()), declared), tap


async def test_pieces_at_hand_come_as_one_part_and_give_credit():
    found, tap = body()
    found.push(b"a")
    found.push(b"b")
    assert (found.size, found.unread, found.taken) == (2, 2, False)
    assert await found.next() == Data(b"ab")
    assert (found.unread, found.taken, tap.taken, tap.awaited) == (0, True, 1, 0)


async def test_trailers_come_last_and_then_nothing():
    found, _ = body()
    found.push(b"a")
    found.complete([(b"x", b"y")])
    assert [await found.next() for _ in range(4)] == [Data(b"a"), Trailers([(b"x", b"y")]), None, None]
    assert found.ended


async def test_a_reader_waits_and_is_woken():
    found, tap = body()
    task = asyncio.ensure_future(found.next())
    await turn()
    assert (task.done(), found.ready, tap.awaited) == (False, False, 1)
    found.push(b"a")
    assert found.ready
    assert await task == Data(b"a")


async def test_what_arrived_is_read_before_the_error_behind_it():
    found, _ = body()
    found.push(b"a")
    found.fail(RequestTimeout("late"))
    assert await found.next() == Data(b"a")
    with pytest.raises(RequestTimeout):
        await found.next()
    assert not found.ended


async def test_an_error_behind_a_whole_body_changes_nothing():
    found, _ = body()
    found.complete([])
    found.fail(BadRequest("late"))
    assert await found.next() is None


async def test_a_whole_body_is_read():
    found, _ = body()
    task = asyncio.ensure_future(found.read(10))
    await turn()
    found.push(b"hel")
    await turn()
    found.push(b"lo")
    found.complete([(b"x", b"y")])
    assert await task == b"hello"
    assert found.ended


async def test_a_length_that_promises_too_much_is_refused_before_it_comes():
    found, tap = body(11)
    with pytest.raises(PayloadTooLarge):
        await found.read(10)
    assert tap.awaited == 0


@pytest.mark.parametrize("whole", [True, False])
async def test_a_body_that_becomes_too_large_is_refused(whole: bool):
    found, _ = body()
    found.push(b"x" * 11)
    if whole:
        found.complete([])
    with pytest.raises(PayloadTooLarge):
        await found.read(10)


async def test_a_body_of_just_the_limit_is_read():
    found, _ = body(10)
    found.push(b"x" * 10)
    found.complete([])
    assert await found.read(10) == b"x" * 10


async def test_unread_tiny_pieces_are_joined():
    found, _ = body()
    for _ in range(UNREAD_PIECES * 10):
        found.push(b"ab")
    assert len(found._pieces) <= UNREAD_PIECES + 1  # pyright: ignore[reportPrivateUsage]
    assert await found.next() == Data(b"ab" * UNREAD_PIECES * 10)


async def test_a_reopened_body_goes_on():
    found, _ = body()
    found.complete([])
    assert found.ended
    found.reopen()
    assert not found.ended
    found.push(b"a")
    assert await found.next() == Data(b"a")
