"""Answers find the question they answer, in this worker or another."""

import asyncio
from typing import Any

import pytest
from msgspec import Raw

from tests.mcp.stage import LocalBus
from trigate.core.bus import BusClosed
from trigate.core.shared import derive_alone
from trigate.core.signal import Signal
from trigate.mcp.fault import Fault, InteractionLost
from trigate.mcp.message import Message
from trigate.mcp.pending import Awaited, Pending


def answer(awaited: Awaited, text: bytes = b'{"roots":[]}') -> Message:
    return Message(Raw(awaited.id), result=Raw(text))


def begin(pending: Pending, session: str = "token") -> Awaited:
    return pending.begin(session, Signal(asyncio.get_running_loop()))


class Roads(LocalBus):
    """A bus whose other end is another worker's."""

    def __init__(self, own: str) -> None:
        super().__init__()
        self.own = own
        self.others: dict[str, LocalBus] = {}

    async def open(self, service: str, opening: bytes = b"", owner: str = "") -> Any:
        if owner and owner not in self.others:
            raise BusClosed("gone")
        return await (self.others[owner].open(service, opening) if owner else super().open(service, opening))


async def test_an_answer_wakes_the_one_who_asked():
    pending = Pending(LocalBus(), derive_alone)
    first, second = begin(pending), begin(pending)
    await pending.take("token", answer(second))
    assert first.answer is None
    assert second.answer is not None
    assert bytes(second.answer.result) == b'{"roots":[]}'
    assert second.signal.kept
    pending.end(first)
    pending.end(second)
    assert len(pending) == 0


async def test_an_error_is_an_answer():
    pending = Pending(LocalBus(), derive_alone)
    awaited = begin(pending)
    await pending.take("token", Message(Raw(awaited.id), error=Raw(b'{"code":-1}')))
    assert awaited.answer is not None
    assert bytes(awaited.answer.error) == b'{"code":-1}'


async def test_an_answer_in_another_worker_finds_its_way():
    here, there = Roads("worker-1"), Roads("worker-2")
    here.others["worker-2"] = there
    asking, answering = Pending(there, derive_alone), Pending(here, derive_alone)
    awaited = begin(asking)
    await answering.take("token", answer(awaited))
    assert awaited.answer is not None


async def test_an_answer_for_a_worker_that_is_gone_says_so():
    asking, answering = Pending(Roads("worker-9"), derive_alone), Pending(Roads("worker-1"), derive_alone)
    with pytest.raises(InteractionLost):
        await answering.take("token", answer(begin(asking)))


async def test_only_the_session_that_was_asked_may_answer():
    pending = Pending(LocalBus(), derive_alone)
    awaited = begin(pending)
    with pytest.raises(Fault):
        await pending.take("other", answer(awaited))
    assert awaited.answer is None


@pytest.mark.parametrize("id", [b'"x"', b"1", b'""', b'"\xc3\xa9"', b'"' + b"A" * 600 + b'"'])
async def test_what_nobody_asked_cannot_be_answered(id: bytes):
    with pytest.raises(Fault):
        await Pending(LocalBus(), derive_alone).take("token", Message(Raw(id), result=Raw(b"{}")))


async def test_a_late_or_second_answer_changes_nothing():
    pending = Pending(LocalBus(), derive_alone)
    awaited = begin(pending)
    await pending.take("token", answer(awaited, b'"first"'))
    await pending.take("token", answer(awaited, b'"second"'))
    assert awaited.answer is not None
    assert bytes(awaited.answer.result) == b'"first"'
    pending.end(awaited)
    await pending.take("token", answer(awaited))
    pending.drain()


async def test_an_answer_finds_its_question_though_the_worker_is_called_otherwise_by_now():
    bus = Roads("worker-1")
    pending = Pending(bus, derive_alone)
    awaited = begin(pending)
    bus.own = "machine/worker-1"
    await pending.take("token", answer(awaited))
    assert awaited.answer is not None
