"""Who speaks first is heard. The whole of it, through the lane, is proved with hedges."""

import asyncio
from typing import Any, cast

import pytest

from tests.llm.scene import SSE
from tests.llm.troupe import call_of
from trigate.core.errors import InternalError, UpstreamProtocolError
from trigate.core.parts import Data, Head, Part
from trigate.core.signal import Signal
from trigate.core.stream import Collector
from trigate.llm.error import Superseded
from trigate.llm.race import Leader, Race

COMMENT = Data(b": keep-alive\n\n")


class Remarking(Collector):
    def put(self, part: Part) -> None:
        self.parts.append(part)


def race() -> tuple[Race, Remarking]:
    call = call_of()
    call.exchange.signal = Signal(asyncio.get_running_loop())
    sink, nothing = Remarking(call.exchange.signal), cast("Any", None)
    return Race(call, nothing, sink, nothing, nothing), sink


async def test_the_leader_keeps_its_head_until_it_speaks():
    found, sink = race()
    leader, head = Leader(sink, found), Head(200, SSE)
    leader.begin(head)
    assert sink.parts == []
    assert not found.decided
    await leader.send(Data(b"a"))
    assert sink.parts == [head, Data(b"a")]
    assert found.leads


async def test_informational_heads_go_through():
    found, sink = race()
    Leader(sink, found).begin(Head(103, []))
    assert sink.parts == [Head(103, [])]
    assert not found.decided


async def test_a_comment_sends_the_head_ahead_and_decides_nothing():
    found, sink = race()
    leader, head = Leader(sink, found), Head(200, SSE)
    leader.begin(head)
    leader.remark(COMMENT)
    leader.remark(COMMENT)
    assert sink.parts == [head, COMMENT, COMMENT]
    assert not found.decided


async def test_who_speaks_second_is_told_so():
    found, sink = race()
    await Leader(sink, found).send(Data(b"a"))
    rival: Any = object()
    with pytest.raises(Superseded):
        found.win(rival, Head(200, SSE))


async def test_what_is_no_stream_cannot_win_once_a_stream_has_begun():
    found, sink = race()
    sink.begin(Head(200, SSE))
    rival: Any = object()
    with pytest.raises(UpstreamProtocolError):
        found.win(rival, Head(200, [(b"content-type", b"application/json")]))


async def test_without_a_winner_there_is_nothing_to_relay():
    found, _ = race()
    assert not await found.another()
    assert not found.beaten()
    with pytest.raises(InternalError):
        await found.relay()
