"""A message finds its stream in whichever worker that is, and nobody else's does."""

import pytest

from tests.mcp.listening.workers import JoinedBus, joined
from trigate.core.errors import ConcurrencyReached, Overloaded
from trigate.core.principal import Principal
from trigate.core.shared import derive_alone
from trigate.mcp.fault import UnknownSession
from trigate.mcp.sse_streams import Streams, Taken

ME = Principal("me", frozenset({"mcp", "llm"}), roles=frozenset({"a", "b"}))


def nothing() -> None:
    """Nobody closes it."""


def made(bus: JoinedBus, most: int = 9) -> Streams:
    return Streams(bus, derive_alone, most)


async def test_a_message_is_handed_to_the_worker_that_has_the_stream():
    here, there = (made(bus) for bus in joined("one", "two"))
    taken: list[bytes] = []

    def take(body: bytes) -> Taken:
        taken.append(body)
        return "taken" if len(taken) < 3 else "busy"

    token, nonce = there.open("git", ME, take, nothing)
    for each in (here, there):
        await each.post(each.find(token.encode(), "git", ME), b"body")
    assert taken == [b"body", b"body"]
    for each in (here, there):
        with pytest.raises(ConcurrencyReached):
            await each.post(each.find(token.encode(), "git", ME), b"body")
    there.close(nonce)
    assert len(there) == 0
    for each in (here, there):
        with pytest.raises(UnknownSession):
            await each.post(each.find(token.encode(), "git", ME), b"body")


async def test_a_stream_whose_worker_is_gone_is_unknown():
    workers: dict[str, JoinedBus] = {}
    here, there = (made(JoinedBus(name, workers)) for name in ("one", "two"))
    token, _ = there.open("", ME, lambda body: "taken", nothing)
    del workers["two"]
    with pytest.raises(UnknownSession):
        await here.post(here.find(token.encode(), "", ME), b"body")


@pytest.mark.parametrize("token", [b"", b"x", b"AAAA" * 8, b"?" * 40, b"A" * 4000, b"\xff\xfe"])
async def test_what_was_not_given_out_opens_nothing(token: bytes):
    (bus,) = joined("one")
    with pytest.raises(UnknownSession):
        made(bus).find(token, "", ME)


async def test_there_is_an_end_to_how_many_there_are_and_all_are_told_to_close():
    (bus,) = joined("one")
    streams, closed = made(bus, 1), list[int]()
    streams.open("", ME, lambda body: "gone", lambda: closed.append(1))
    with pytest.raises(Overloaded):
        streams.open("", ME, lambda body: "gone", nothing)
    streams.retire()
    streams.drain()
    assert closed == [1]


async def test_a_message_finds_its_stream_though_the_worker_is_called_otherwise_by_now():
    (bus,) = joined("one")
    streams = made(bus)
    token, _ = streams.open("", ME, lambda body: "taken", nothing)
    bus.own = "machine/one"
    await streams.post(streams.find(token.encode(), "", ME), b"body")
