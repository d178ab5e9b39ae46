"""One connection, as dialogues: what is answered, in which order, and how each way of leaving ends the exchange."""

import asyncio
import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.inbound.dialogue import Caller, echo, request, split_answers, turn
from trigate.core.errors import BadRequest, RequestTimeout
from trigate.core.parts import END, Data, Head, Trailers
from trigate.core.request import Peer, Request
from trigate.core.stream import Edge, Incoming
from trigate.inbound.connection import GRACE_SECONDS, PIPELINED_BYTES, SPARE_CONNECTIONS
from trigate.inbound.settings import InboundLimits, InboundSettings

BODY = request("POST / HTTP/1.1", "Content-Length: 5")
CHUNKS = request("POST / HTTP/1.1", "Transfer-Encoding: chunked")
UPGRADE = request("GET /socket HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket")


class Stage:
    """A handler that the test moves: it waits at `gate`, and notes how it ended."""

    def __init__(self, *before: Any) -> None:
        self.before = before
        self.gate = asyncio.Event()
        self.cancelled = False
        self.sink: Any = None
        self.incoming: Any = None

    async def __call__(self, request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        self.sink, self.incoming = sink, incoming
        try:
            for part in self.before:
                await sink.send(part)
            sink.flush()
            await self.gate.wait()
            sink.finish(END if sink.committed else Data(b""))
        except asyncio.CancelledError:
            self.cancelled = True
            raise


async def test_a_request_is_answered_and_the_connection_kept():
    caller = Caller(echo)
    for _ in range(3):
        answer = await caller.say(request() if _ else BODY + b"hello")
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"connection:" not in answer
    assert not caller.over
    assert len(caller.seen) == 3


async def test_a_head_that_comes_again_is_the_same_request_and_one_byte_makes_another():
    caller = Caller(echo)
    for head in (BODY, BODY, BODY.replace(b"a.example", b"b.example"), BODY):
        assert (await caller.say(head + b"hello")).endswith(b"hello")
    first, second, third, fourth = (each for each, _ in caller.seen)
    assert first is second
    assert third.authority == b"b.example"
    assert fourth == first


async def test_head_and_body_of_a_small_answer_go_out_in_one_write():
    caller = Caller(echo)
    await caller.say(BODY + b"hello")
    assert caller.wire.writes == 1


async def test_the_peer_is_known():
    caller = Caller(echo)
    await caller.say(request())
    assert caller.seen[0][1] == Peer("192.0.2.1", 5000, False, 8080)


async def test_pipelined_requests_are_answered_in_order_one_at_a_time():
    running = 0

    async def handler(request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        nonlocal running
        running += 1
        assert running == 1
        await asyncio.sleep(0)
        running -= 1
        await echo(request, peer, incoming, sink)

    caller = Caller(handler)
    answer = await caller.say(b"".join(request(f"GET /{n} HTTP/1.1") for n in range(50)))
    await turn(200)
    answer += caller.take()
    assert [head.count(b"x-target: /%d\r\n" % n) for n, (head, _) in enumerate(split_answers(answer))] == [1] * 50


async def test_a_flood_of_pipelined_requests_is_read_no_further():
    stage = Stage()
    caller = Caller(stage)
    await caller.say(request() + request() * 2000)
    assert not caller.wire.reading
    assert len(caller.seen) == 1
    assert PIPELINED_BYTES < 65536


async def test_after_a_close_no_further_request_is_served():
    caller = Caller(echo)
    answer = await caller.say(request("GET / HTTP/1.1", "Connection: close") + request())
    assert answer.count(b"HTTP/1.1") == 1
    assert b"\r\nconnection: close\r\n" in answer
    assert caller.over
    assert len(caller.seen) == 1


async def test_http_1_0_is_closed_unless_it_asks_to_be_kept():
    caller = Caller(echo)
    answer = await caller.say(request("GET / HTTP/1.0", "Connection: keep-alive"))
    assert b"\r\nconnection: keep-alive\r\n" in answer
    assert not caller.over
    assert b"\r\nconnection: close\r\n" in await caller.say(request("GET / HTTP/1.0"))
    assert caller.over


async def test_100_continue_is_sent_only_when_the_body_is_waited_for():
    caller = Caller(echo)
    expecting = request("POST / HTTP/1.1", "Content-Length: 5", "Expect: 100-continue")
    assert await caller.say(expecting) == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert (await caller.say(b"hello")).endswith(b"hello")
    assert not caller.over


async def test_100_continue_is_not_sent_when_the_body_is_there_already():
    caller = Caller(echo)
    answer = await caller.say(request("POST / HTTP/1.1", "Content-Length: 5", "Expect: 100-continue", body=b"hello"))
    assert answer.startswith(b"HTTP/1.1 200")


async def refuse(request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
    """Answer without a look at the body."""
    await sink.send(Head(401, []))
    sink.finish(Data(b"no"))


async def test_an_early_answer_says_close_and_hears_the_caller_out():
    caller = Caller(refuse)
    answer = await caller.say(request("POST / HTTP/1.1", "Content-Length: 500000", body=b"x" * 1000))
    assert b"\r\nconnection: close\r\n" in answer
    assert b"100 Continue" not in answer
    assert caller.wire.shut
    assert not caller.wire.is_closing()
    await caller.say(b"x" * 100_000)
    assert not caller.wire.is_closing()
    assert caller.hang_up() is False


async def test_a_caller_that_never_stops_sending_is_heard_out_for_a_limited_time_and_amount():
    caller = Caller(refuse)
    await caller.say(request("POST / HTTP/1.1", "Content-Length: 50000000"))
    await caller.say(b"x" * 2_000_000)
    assert caller.wire.is_closing()
    other = Caller(refuse)
    await other.say(request("POST / HTTP/1.1", "Content-Length: 50000000"))
    other.later(2)
    assert other.wire.is_closing()


async def test_an_unread_body_stops_the_caller_within_bounds():
    stage = Stage()
    caller = Caller(stage)
    caller.tell(request("POST / HTTP/1.1", "Content-Length: 500000"))
    sent = 0
    while caller.wire.reading:
        caller.tell(b"x" * 65536)
        sent += 65536
    assert sent <= 2 * 65536
    await turn()
    part = await stage.incoming.next()
    assert len(part.payload) == sent
    assert caller.wire.reading


async def test_a_body_that_spoils_on_its_way_ends_the_exchange_with_400_and_the_connection():
    caller = Caller(echo)
    await caller.say(CHUNKS + b"5\r\nhel")
    answer = await caller.say(b"lo\r\nxyz\r\n")
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"\r\nconnection: close\r\n" in answer
    assert caller.over


async def test_an_upgrade_that_is_not_taken_is_plain_http_with_its_body():
    caller = Caller(echo)
    raw = request("POST / HTTP/1.1", "Connection: Upgrade", "Upgrade: h2c", "Content-Length: 5", body=b"hello")
    answer = await caller.say(raw + request("GET /next HTTP/1.1"))
    assert [body for _, body in split_answers(answer)] == [b"hello", b""]
    answer = await caller.say(UPGRADE + request("GET /after HTTP/1.1"))
    assert answer.count(b"200 OK") == 2
    assert not caller.over


async def tunnel(request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
    """Switch protocols, and answer each piece in capitals until the caller has said all."""
    await sink.send(Head(101, [(b"upgrade", b"websocket")]))
    while isinstance(part := await incoming.next(), Data):
        await sink.send(Data(part.payload.upper()))
    sink.finish(Data(b"bye"))


async def test_after_an_upgrade_bytes_go_both_ways_until_both_sides_end():
    caller = Caller(tunnel)
    answer = await caller.say(UPGRADE + b"early")
    head, _, rest = answer.partition(b"\r\n\r\n")
    assert head == b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket"
    assert rest == b"EARLY"
    assert await caller.say(b"GET / HTTP/1.1\r\n\r\n") == b"GET / HTTP/1.1\r\n\r\n"
    caller.later(3600)
    assert not caller.over
    assert caller.hang_up()
    await turn()
    assert caller.take() == b"bye"
    assert caller.wire.is_closing()


async def test_a_tunnel_that_was_paused_is_in_no_hurry_afterwards():
    stage = Stage(Head(101, [(b"upgrade", b"x")]))
    caller = Caller(stage)
    await caller.say(UPGRADE)
    await caller.say(b"x" * 70_000)
    assert not caller.wire.reading
    await stage.incoming.next()
    assert caller.wire.reading
    caller.later(3600)
    assert not caller.over
    caller.vanish()
    await turn()


async def test_a_switch_nobody_asked_for_is_a_fault_of_the_gateway_not_a_confused_caller():
    caller = Caller(tunnel)
    assert (await caller.say(request())).startswith(b"HTTP/1.1 500")


LEAVING = {
    "before the answer": (BODY + b"hello", ()),
    "with the body unread": (BODY + b"he", ()),
    "with the head out": (request(), (Head(200, []),)),
    "in mid-stream": (request(), (Head(200, []), Data(b"event"))),
    "in a tunnel": (UPGRADE, (Head(101, [(b"upgrade", b"x")]),)),
}


@pytest.mark.parametrize("phase", LEAVING)
async def test_a_caller_whose_connection_breaks_ends_its_exchange(phase: str):
    raw, before = LEAVING[phase]
    stage = Stage(*before)
    caller = Caller(stage)
    await caller.say(raw)
    caller.vanish()
    assert stage.sink.left
    await turn(2)
    assert stage.cancelled
    assert not caller.service.connections
    stage.sink.finish(Data(b"too late"))


@pytest.mark.parametrize("phase", ["with the body unread", "with the head out", "in mid-stream"])
async def test_a_caller_that_sends_its_end_in_mid_request_or_mid_stream_has_left(phase: str):
    raw, before = LEAVING[phase]
    stage = Stage(*before)
    caller = Caller(stage)
    await caller.say(raw)
    assert caller.hang_up() is False
    await turn(2)
    assert stage.cancelled


async def test_a_half_close_behind_a_whole_request_still_gets_its_answer():
    caller = Caller(echo)
    caller.tell(request("GET /1 HTTP/1.1") + request("GET /2 HTTP/1.1"))
    assert caller.hang_up()
    await turn(8)
    assert caller.take().count(b"200 OK") == 2
    assert caller.wire.is_closing()


async def test_a_half_closed_caller_is_asked_whether_it_is_there_while_the_answer_takes_its_time():
    stage = Stage()
    caller = Caller(stage)
    await caller.say(request())
    assert caller.hang_up()
    assert caller.take() == b""
    caller.later(0.2)
    assert caller.take() == b"HTTP/1.1 100 Continue\r\n\r\n"
    caller.later(1)
    assert caller.take() == b""
    assert not stage.cancelled


async def test_an_exchange_that_said_so_goes_on_without_its_caller():
    stage = Stage()
    caller = Caller(stage)
    await caller.say(request())
    stage.sink.detached = True
    caller.vanish()
    await turn()
    assert not stage.cancelled
    assert len(caller.service.detached) == 1
    stage.gate.set()
    await turn()
    assert not caller.service.detached


async def test_a_body_cut_off_reaches_a_detached_exchange_as_an_error():
    stage = Stage()
    caller = Caller(stage)
    await caller.say(BODY + b"he")
    stage.sink.detached = True
    caller.vanish()
    assert (await stage.incoming.next()) == Data(b"he")
    with pytest.raises(BadRequest, match="left"):
        await stage.incoming.next()
    stage.gate.set()
    await turn()


async def test_a_slow_head_is_refused_and_a_silent_caller_just_closed():
    caller = Caller(echo)
    await caller.say(b"GET / HTT")
    caller.later(11)
    assert caller.take().startswith(b"HTTP/1.1 408")
    assert isinstance(caller.refused[0], RequestTimeout)
    silent = Caller(echo)
    silent.later(11)
    assert silent.take() == b""
    assert silent.wire.is_closing()


async def test_dripping_bytes_do_not_prolong_the_time_for_a_head():
    caller = Caller(echo)
    await caller.say(b"GET / HTTP/1.1\r\n")
    deadline = caller.connection.deadline
    await caller.say(b"A: b\r\n")
    assert caller.connection.deadline == deadline


async def test_an_idle_connection_is_closed_when_its_time_is_over():
    caller = Caller(echo)
    await caller.say(request())
    caller.later(70)
    assert not caller.over
    caller.later(80)
    assert caller.wire.is_closing()


async def test_a_body_that_stops_coming_is_answered_408():
    caller = Caller(echo)
    await caller.say(BODY + b"he")
    caller.later(61)
    await turn()
    assert caller.take().startswith(b"HTTP/1.1 408")
    assert caller.over


async def test_a_caller_is_not_late_while_the_gateway_does_not_read():
    stage = Stage()
    caller = Caller(stage)
    await caller.say(request("POST / HTTP/1.1", "Content-Length: 500000", body=b"x" * 200_000))
    caller.later(3600)
    assert not caller.over


async def test_a_caller_that_reads_nothing_is_dropped_and_one_that_reads_slowly_is_not():
    stage = Stage(Head(200, []), *(Data(b"x" * 10_000) for _ in range(100)))
    caller = Caller(stage)
    caller.wire.slow = True
    await caller.say(request())
    assert 65536 < caller.wire.unsent < 65536 + 20_000
    assert not stage.sink.ready
    caller.wire.sent(1000)
    caller.later(31)
    assert not caller.over
    caller.later(62)
    assert caller.wire.aborted
    await turn()
    assert stage.cancelled


async def test_a_stalled_stream_goes_on_when_the_caller_reads_again():
    stage = Stage(Head(200, []), *(Data(b"x" * 10_000) for _ in range(10)))
    caller = Caller(stage)
    caller.wire.slow = True
    await caller.say(request())
    before = len(caller.wire.written)
    caller.wire.sent(1 << 20)
    await turn()
    assert len(caller.wire.written) > before
    assert stage.sink.ready
    stage.gate.set()
    await turn()
    assert caller.take().endswith(b"0\r\n\r\n")


async def test_a_draining_service_answers_what_comes_and_says_close():
    caller = Caller(echo)
    await caller.say(request())
    caller.service.draining = True
    caller.connection.drain()
    assert not caller.over
    answer = await caller.say(request())
    assert b"200 OK" in answer
    assert b"\r\nconnection: close\r\n" in answer
    assert caller.over


async def test_an_idle_connection_ends_a_grace_after_the_drain_began():
    caller = Caller(echo)
    await caller.say(request())
    caller.connection.drain()
    caller.later(GRACE_SECONDS + 0.1)
    assert caller.wire.is_closing()


async def test_a_drain_does_not_cut_a_stream():
    stage = Stage(Head(200, []), Data(b"a"))
    caller = Caller(stage)
    await caller.say(request())
    caller.service.draining = True
    caller.connection.drain()
    caller.later(3)
    assert not caller.over
    stage.gate.set()
    await turn()
    assert caller.take().endswith(b"0\r\n\r\n")
    assert caller.over


async def test_callers_beyond_the_limit_are_told_so():
    first = Caller(echo, InboundSettings(limits=InboundLimits(max_connections=1)))
    second = Caller(echo, service=first.service)
    assert second.take().startswith(b"HTTP/1.1 503")
    assert second.over
    assert b"200 OK" in await first.say(request())


async def test_a_flood_of_callers_beyond_the_limit_is_cut_off():
    first = Caller(echo, InboundSettings(limits=InboundLimits(max_connections=1)))
    crowd = [Caller(echo, service=first.service) for _ in range(SPARE_CONNECTIONS + 1)]
    assert crowd[-1].wire.aborted
    assert crowd[-1].take() == b""


async def test_a_refusal_tells_the_caller_what_to_do():
    caller = Caller(echo)
    answer = await caller.say(b"GET / HTTP/1.1\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    told = json.loads(body)
    assert b"content-type: application/problem+json" in head
    assert (told["status"], told["code"]) == (400, "request.invalid")
    assert "host" in told["detail"]


async def test_a_handler_that_fails_breaks_the_answer_off(caplog: pytest.LogCaptureFixture):
    async def handler(request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        raise ZeroDivisionError

    caller = Caller(handler)
    await caller.say(request())
    assert caller.wire.aborted
    assert "a request handler failed" in caplog.text


async def test_an_answer_cut_short_is_reset():
    async def handler(request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        await sink.send(Head(200, []))
        await sink.send(Data(b"half"))
        sink.abort()

    caller = Caller(handler)
    assert not (await caller.say(request())).endswith(b"0\r\n\r\n")
    assert caller.wire.aborted


STREAM = (
    request("GET /a HTTP/1.1")
    + BODY
    + b"hello"
    + CHUNKS
    + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-T: 1\r\n\r\n"
    + b"\r\n"
    + request("PUT /b HTTP/1.1", "Content-Length: 0")
    + request("GET http://a.example/c HTTP/1.0", "Connection: keep-alive")
    + UPGRADE
    + request("GET /d HTTP/1.1", "Connection: close")
)


async def exchanges(pieces: list[bytes]) -> list[tuple[bytes, bytes, list[object]]]:
    """What a handler sees of a stream that comes in these pieces."""
    found: list[tuple[bytes, bytes, list[object]]] = []

    async def handler(request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        body, rest = b"", list[object]()
        while (part := await incoming.next()) is not None:
            if isinstance(part, Data):
                body += part.payload
            else:
                rest.append(part)
        found.append((request.target, body, rest))
        await echo(request, peer, incoming, sink)

    caller = Caller(handler)
    for piece in pieces:
        caller.tell(piece)
        await turn(3)
    await turn(50)
    assert caller.take().count(b"200 OK") == len(found)
    assert caller.over
    return found


WHOLE = [
    (b"/a", b"", []), (b"/", b"hello", []), (b"/", b"abcde", [Trailers([(b"x-t", b"1")])]), (b"/b", b"", []),
    (b"/c", b"", []), (b"/socket", b"", []), (b"/d", b"", []),
]  # fmt: skip


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 4096])
async def test_pieces_of_any_size_give_the_same_exchanges(size: int):
    assert await exchanges([STREAM[at : at + size] for at in range(0, len(STREAM), size)]) == WHOLE


@settings(max_examples=150, deadline=None)
@given(cuts=st.sets(st.integers(1, len(STREAM) - 1), max_size=12))
def test_every_split_of_a_stream_gives_the_same_exchanges(cuts: set[int]):
    ends = [0, *sorted(cuts), len(STREAM)]
    pieces = [STREAM[a:b] for a, b in pairwise(ends)]
    assert asyncio.run(exchanges(pieces)) == WHOLE


@settings(max_examples=300, deadline=None)
@given(raw=st.binary(max_size=200) | st.text("GET POST/HTP1.0\r\n: abc", max_size=120).map(str.encode))
def test_no_bytes_whatever_make_a_connection_fail(raw: bytes):
    async def attempt() -> None:
        caller = Caller(echo)
        await caller.say(raw)
        if not caller.over and caller.connection.eof_received():
            await turn()

    asyncio.run(attempt())


async def test_nothing_is_left_behind():
    caller = Caller(echo)
    await caller.say(request())
    caller.vanish()
    await turn()
    assert not caller.service.connections
    assert len(caller.around.deadlines) == 1
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []
