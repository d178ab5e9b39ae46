"""What connections share: the date of the second, and exchanges that outlive their callers."""

import asyncio
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from tests.inbound.dialogue import Caller, echo, surroundings, turn
from trigate.core.clock import clock
from trigate.core.errors import BadRequest
from trigate.core.request import Peer
from trigate.inbound.service import Service
from trigate.inbound.settings import InboundSettings


async def test_the_date_follows_the_clock(monkeypatch: pytest.MonkeyPatch):
    around = surroundings()
    service = Service(InboundSettings(), echo, around)
    monkeypatch.setattr(clock, "wall_ns", lambda: 1_800_000_000_900_000_000)
    monkeypatch.setattr(clock, "monotonic", lambda: 1000.0)
    service.expire()
    first = service.date_line
    assert parsedate_to_datetime(first.decode()[6:].strip()).timestamp() == 1_800_000_000
    assert 1000 < service.deadline <= 1000.2
    monkeypatch.setattr(clock, "wall_ns", lambda: 1_800_000_001_000_000_000)
    around.deadlines.sweep(service.deadline)
    assert service.date_line != first
    service.close()
    assert len(around.deadlines) == 0


async def test_a_refusal_has_an_id_that_is_also_recorded():
    told: list[Any] = []
    service = Service(InboundSettings(), echo, surroundings(), lambda *what: told.append(what))
    peer = Peer("192.0.2.1")
    answer = service.refusal(peer, BadRequest("no"))
    assert told[0][:1] == (peer,)
    assert told[0][2].encode() in answer


async def test_a_detached_exchange_is_kept_until_it_ends():
    service = Caller(echo).service
    gate = asyncio.Event()

    async def wait() -> None:
        await gate.wait()

    task = asyncio.ensure_future(wait())
    service.detach(task)
    assert service.detached == {task}
    gate.set()
    await turn()
    assert not service.detached
