"""Tapes keep what is said until it is read, within bounds."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from trigate.core.parts import Data
from trigate.core.signal import Signal
from trigate.core.tasks import spawn
from trigate.mcp.listening.tape import Tape, play


class Way:
    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.flushed = 0

    async def send(self, part: Data) -> None:
        self.got.append(part.payload)

    def flush(self) -> None:
        self.flushed += 1


@given(sizes=st.lists(st.integers(1, 400), max_size=60))
def test_a_tape_never_keeps_more_than_its_limit_and_the_newest_always(sizes: list[int]):
    tape = Tape(b"n", limit=1000)
    for size in sizes:
        tape.put(b"x" * size)
    assert len(tape) <= 1000
    kept = tape.after(0)
    assert len(kept) == 0 or kept[-1][0] == tape.last == len(sizes)
    assert tape.reaches(tape.last)
    assert tape.reaches(0) is (len(kept) == len(sizes))


def test_what_is_said_under_a_key_is_said_once_until_it_was_read():
    tape = Tape()
    for _ in range(5):
        tape.say(b"{}", "tools")
    assert tape.last == 1
    tape.mark(1)
    tape.say(b"{}", "tools")
    assert tape.last == 2
    assert len(tape.after(0)) == 1  # without a name nothing is kept that was read


async def test_a_reader_gets_what_is_said_and_ends_with_the_tape():
    tape, way, signal = Tape(b"n"), Way(), Signal(asyncio.get_running_loop())
    tape.say(b"1")
    reading = spawn(play(tape, 0, way, signal), "reading")
    await asyncio.sleep(0)
    tape.say(b"2")
    tape.end()
    await reading
    assert way.got == [b"id: n.1\nevent: message\ndata: 1\n\n", b"id: n.2\nevent: message\ndata: 2\n\n"]
    assert tape.reader is None


async def test_a_newer_reader_ends_the_one_before():
    tape, first, second = Tape(b"n"), Way(), Way()
    loop = asyncio.get_running_loop()
    one = spawn(play(tape, 0, first, Signal(loop)), "one")
    await asyncio.sleep(0)
    two = spawn(play(tape, 0, second, Signal(loop)), "two")
    await one
    tape.say(b"1")
    tape.end()
    await two
    assert (len(first.got), len(second.got)) == (0, 1)


def test_a_tape_goes_on_where_another_ended():
    tape, other = Tape(b"n"), Tape(b"n")
    tape.say(b"1")
    other.restore(tape.after(0), tape.last, tape.sent)
    other.say(b"2")
    assert [number for number, _ in other.after(0)] == [1, 2]
    assert other.id(2) == b"n.2"


def test_keys_that_were_read_are_not_remembered_for_ever():
    tape = Tape(b"n", limit=1000)
    for number in range(10_000):
        tape.say(b"{}", f"file:///{number}")
        tape.mark(tape.last)
    assert len(tape._keys) < 2000


def test_what_was_dropped_unread_can_be_said_again():
    tape = Tape(b"n", limit=100)
    tape.say(b'"first"', "a")
    for number in range(10):
        tape.say(b'"other"', f"b{number}")
    assert b"first" not in b"".join(frame for _, frame in tape.after(0))
    tape.say(b'"first"', "a")
    assert b"first" in b"".join(frame for _, frame in tape.after(0))
