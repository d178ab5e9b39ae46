"""The client against a scripted upstream: what goes out, what comes back, what is reused, what is refused."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.outbound.chaos import (
    Body,
    Caller,
    Chaos,
    Step,
    Talk,
    answer,
    close,
    cut,
    drip,
    eventually,
    expect,
    half_close,
    hang,
    reset,
    send,
    soon,
    tell,
    turns,
    wait,
)
from trigate.core.clock import clock
from trigate.core.errors import (
    BadConfig,
    BadRequest,
    EgressDenied,
    GatewayError,
    InternalError,
    Overloaded,
    StreamBroken,
    UpstreamFailed,
    UpstreamProtocolError,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from trigate.core.parts import Data, Head, Headers, Trailers
from trigate.core.settings import Duration, Size
from trigate.core.signal import Signal
from trigate.core.surroundings import Surroundings
from trigate.outbound import connection
from trigate.outbound.answer import HIGH_WATER, Answer
from trigate.outbound.client import Client, Endpoint
from trigate.outbound.request import Block
from trigate.outbound.settings import OutboundSettings, PoolSettings, Timeouts, TlsSettings

FIRST = Timeouts(first_byte=Duration(0.1))
"""Of who waits only so long for an answer to begin; for tests in which none does."""
BETWEEN = Timeouts(between_bytes=Duration(0.1))
"""Of who waits only so long for it to go on."""


class Probe:
    """One exchange's view of the client."""

    def __init__(self, surroundings: Surroundings, settings: OutboundSettings | None = None) -> None:
        self.surroundings = surroundings
        self.client = Client(settings or OutboundSettings(), surroundings)
        self.signal = Signal(surroundings.loop)
        self.sink = Caller(self.signal)

    async def ask(
        self,
        endpoint: Endpoint,
        method: bytes = b"GET",
        headers: Headers | None = None,
        body: bytes | Body = b"",
        length: int | None = None,
        upgrade: bytes = b"",
    ) -> Answer:
        return await soon(
            self.client.send(
                endpoint,
                method,
                b"/p?q=1",
                headers or [],
                body,
                self.signal,
                sink=self.sink,
                length=length,
                upgrade=upgrade,
            ),
        )

    async def fetch(self, endpoint: Endpoint, method: bytes = b"GET", body: bytes | Body = b"") -> tuple[Head, bytes]:
        got = await self.ask(endpoint, method, body=body)
        try:
            return got.head, await soon(got.read(10_000_000))
        finally:
            got.close()


@pytest.fixture
async def caller(surroundings: Surroundings) -> AsyncIterator[Probe]:
    made = Probe(surroundings)
    yield made
    for _, _, pool in surroundings.keep.things:  # type: ignore[attr-defined]
        pool.drain()
    await eventually(lambda: len(surroundings.deadlines) == 0)


# what goes out


async def test_a_request_goes_out_byte_for_byte(caller: Probe):
    async with Chaos([answer()]) as upstream:
        endpoint = caller.client.endpoint(upstream.url + "/base/")
        got = await caller.ask(endpoint, b"POST", [(b"accept", b"*/*"), (b"x-a", b"1")], b"body")
        assert (got.head.status, await got.read(10), got.complete, got.ended) == (200, b"ok", True, True)
        got.close()
        host = f"127.0.0.1:{upstream.port}".encode()
        await eventually(lambda: upstream.talks[0].received.endswith(b"body"))
        assert upstream.talks[0].received == (
            b"POST /p?q=1 HTTP/1.1\r\nhost: " + host + b"\r\naccept: */*\r\nx-a: 1\r\ncontent-length: 4\r\n\r\nbody"
        )
        assert (endpoint.authority, endpoint.prefix, got.address) == (host, b"/base", host.decode())


async def test_a_connection_carries_one_exchange_after_the_other(caller: Probe):
    async with Chaos([answer(b"one"), answer(b"two"), answer(b"three")]) as upstream:
        endpoint = caller.client.endpoint(upstream.url)
        bodies = [(await caller.fetch(endpoint))[1] for _ in range(3)]
        assert bodies == [b"one", b"two", b"three"]
        assert len(upstream.talks) == 1


async def test_a_streamed_body_with_a_length_goes_out_with_it(caller: Probe):
    async with Chaos([expect(b"abcdef"), send(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")]) as upstream:
        body = Body(caller.signal, Data(b"abc"), Data(b"def"))
        got = await caller.ask(caller.client.endpoint(upstream.url), b"PUT", body=body, length=6)
        got.close()
        assert b"\r\ncontent-length: 6\r\n\r\nabcdef" in upstream.talks[0].received


async def test_a_streamed_body_without_length_goes_out_in_chunks_with_its_trailers(caller: Probe):
    async with Chaos([expect(b"\r\n0\r\nx-sum: 1\r\n\r\n"), send(b"HTTP/1.1 204 No Content\r\n\r\n")]) as upstream:
        trailers = Trailers([(b"x-sum", b"1"), (b"content-length", b"9"), (b"authorization", b"no")])
        body = Body(caller.signal, Data(b"abc"), Data(b""), Data(b"de"), trailers)
        got = await caller.ask(caller.client.endpoint(upstream.url), b"POST", body=body)
        got.close()
        assert upstream.talks[0].received.endswith(
            b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nx-sum: 1\r\n\r\n"
        )


async def test_a_body_that_is_not_there_is_not_announced(caller: Probe):
    async with Chaos([answer(), answer()]) as upstream:
        endpoint = caller.client.endpoint(upstream.url)
        await caller.fetch(endpoint, b"GET", Body(caller.signal))
        await caller.fetch(endpoint, b"POST", Body(caller.signal))
        first, second = upstream.talks[0].received.split(b"\r\n\r\n")[:2]
        assert b"content-length" not in first
        assert b"chunked" not in first + second
        assert second.endswith(b"content-length: 0")


@pytest.mark.parametrize("excess", [[Data(b"abcdefg")], [Data(b"abc")]])
async def test_a_body_that_is_not_as_long_as_declared_is_never_taken_for_complete(caller: Probe, excess: list[Data]):
    async with Chaos([expect(), hang()]) as upstream:
        with pytest.raises(InternalError):
            await caller.ask(caller.client.endpoint(upstream.url), b"PUT", body=Body(caller.signal, *excess), length=6)
        await soon(upstream.talks[0].ended.wait())


async def test_what_is_wrong_with_the_callers_body_ends_the_exchange_upstream(caller: Probe):
    async with Chaos([expect(b"abc"), hang()]) as upstream:
        body = Body(caller.signal, Data(b"abc"), whole=False)
        asking = caller.surroundings.loop.create_task(
            caller.ask(caller.client.endpoint(upstream.url), b"PUT", body=body)
        )
        await eventually(lambda: upstream.talks and upstream.talks[0].received.endswith(b"abc\r\n"))
        body.fail(BadRequest("bad chunk"))
        with pytest.raises(BadRequest):
            await asking
        await soon(upstream.talks[0].ended.wait())


async def test_the_body_waits_for_100_continue(caller: Probe):
    said = b"HTTP/1.1 100 Continue\r\n\r\n"
    gate = asyncio.Event()
    script = [expect(), wait(gate), send(said), expect(b"abc"), send(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")]
    async with Chaos(script) as upstream:
        body = Body(caller.signal, whole=False)
        endpoint = caller.client.endpoint(upstream.url)
        asking = caller.surroundings.loop.create_task(
            caller.ask(endpoint, b"PUT", [(b"expect", b"100-continue")], body, length=3)
        )
        await eventually(lambda: upstream.talks and upstream.talks[0].received.endswith(b"\r\n\r\n"))
        assert not body.taken
        gate.set()
        await eventually(lambda: body.asked)
        body.feed(Data(b"abc"), whole=True)
        (await asking).close()
        assert caller.sink.statuses == []  # whoever reads the caller's body tells it to send, so that it is told once
        assert body.taken
        assert b"expect: 100-continue\r\n" in upstream.talks[0].received


async def test_a_refusal_in_place_of_100_spares_the_body(caller: Probe):
    async with Chaos([expect(), send(b"HTTP/1.1 413 No\r\ncontent-length: 0\r\n\r\n")]) as upstream:
        body = Body(caller.signal, whole=False)
        endpoint = caller.client.endpoint(upstream.url)
        got = await caller.ask(endpoint, b"PUT", [(b"expect", b"100-continue")], body, length=3)
        assert (got.head.status, got.complete, body.taken) == (413, True, False)
        got.close()
        await soon(upstream.talks[0].ended.wait())


async def test_the_body_waits_for_a_silent_upstream_no_longer_than_a_second(caller: Probe):
    async with Chaos([expect(b"abc"), send(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")]) as upstream:
        body = Body(caller.signal, whole=False)
        endpoint = caller.client.endpoint(upstream.url)
        asking = caller.surroundings.loop.create_task(
            caller.ask(endpoint, b"PUT", [(b"expect", b"100-continue")], body, length=3)
        )
        await eventually(lambda: body.asked)
        body.feed(Data(b"abc"), whole=True)
        (await asking).close()


async def test_a_body_that_is_here_already_goes_out_at_once(caller: Probe, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connection, "HOLD_SECONDS", 3600.0)
    async with Chaos([expect(b"abc"), send(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")]) as upstream:
        body = Body(caller.signal, Data(b"abc"))
        endpoint = caller.client.endpoint(upstream.url)
        asking = caller.ask(endpoint, b"PUT", [(b"expect", b"100-continue")], body, length=3)
        (await asking).close()


# what comes back


def whole(*lines: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join([*lines, b"", body])


OK = b"HTTP/1.1 200 OK"


async def test_hop_by_hop_and_own_fields_of_an_answer_are_dropped(caller: Probe):
    fields = (
        b"Connection: keep-alive, X-Hop", b"X-Hop: 1", b"Keep-Alive: timeout=5", b"Proxy-Connection: x", b"TE: x",
        b"Upgrade: h2c", b"X-Trigate-Secret: 1", b"Content-Type:  text/plain \t", b"X-Two: a", b"X-Two: b",
    )  # fmt: skip
    async with Chaos([answer(b"ok", b"200 OK", *fields)]) as upstream:
        head, body = await caller.fetch(caller.client.endpoint(upstream.url))
        assert head.headers == [
            (b"content-length", b"2"), (b"content-type", b"text/plain"), (b"x-two", b"a"), (b"x-two", b"b"),
        ]  # fmt: skip
        assert body == b"ok"


async def test_a_chunked_answer_and_its_trailers(caller: Probe):
    said = whole(OK, b"Transfer-Encoding: Chunked", body=b"3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 1\r\nHost: x\r\n\r\n")
    async with Chaos([expect(), send(said), answer(b"next")]) as upstream:
        endpoint = caller.client.endpoint(upstream.url)
        got = await caller.ask(endpoint)
        assert (await got.read(10), got.trailers, got.head.headers) == (b"abcde", [(b"x-sum", b"1")], [])
        got.close()
        assert (await caller.fetch(endpoint))[1] == b"next"
        assert len(upstream.talks) == 1


@pytest.mark.parametrize(
    ("method", "status", "fields"),
    [
        (b"HEAD", b"200 OK", [b"content-length: 100"]),
        (b"HEAD", b"200 OK", [b"transfer-encoding: chunked"]),
        (b"HEAD", b"200 OK", []),
        (b"GET", b"204 No Content", []),
        (b"GET", b"304 Not Modified", [b"content-length: 100"]),
    ],
)
async def test_answers_without_body_leave_the_connection_in_step(
    caller: Probe, method: bytes, status: bytes, fields: list[bytes]
):
    async with Chaos([expect(), send(whole(b"HTTP/1.1 " + status, *fields)), answer(b"next")]) as upstream:
        endpoint = caller.client.endpoint(upstream.url)
        head, body = await caller.fetch(endpoint, method)
        assert (head.status, body) == (int(status[:3]), b"")
        assert (await caller.fetch(endpoint))[1] == b"next"
        assert len(upstream.talks) == 1


async def test_informational_heads_go_to_the_caller(caller: Probe):
    early = whole(b"HTTP/1.1 103 Early Hints", b"link: </a>", b"content-length: 3")
    async with Chaos([expect(), send(early, early + whole(OK, b"content-length: 2", body=b"ok"))]) as upstream:
        assert (await caller.fetch(caller.client.endpoint(upstream.url)))[1] == b"ok"
        assert caller.sink.parts == [Head(103, [(b"link", b"</a>")], b"Early Hints")] * 2


async def test_a_body_that_ends_with_the_connection(caller: Probe):
    async with Chaos([expect(), send(whole(b"HTTP/1.0 200 OK"), b"abc", b"def"), close()]) as upstream:
        assert (await caller.fetch(caller.client.endpoint(upstream.url)))[1] == b"abcdef"


async def test_the_sink_is_flushed_before_waiting_and_a_full_one_is_waited_for(caller: Probe):
    gate = asyncio.Event()
    async with Chaos(
        [expect(), send(whole(OK, b"content-length: 4", body=b"ab")), wait(gate), send(b"cd")]
    ) as upstream:
        got = await caller.ask(caller.client.endpoint(upstream.url))
        assert await got.more(caller.sink) == b"ab"
        caller.sink.ready = False
        waiting = caller.surroundings.loop.create_task(got.more(caller.sink))
        await turns()
        assert caller.sink.flushes == 1
        gate.set()
        await eventually(lambda: got.complete)
        assert not waiting.done()
        caller.sink.make_room()
        assert await soon(waiting) == b"cd"
        assert await got.more(caller.sink) == b""
        got.close()


async def test_an_upload_goes_on_while_the_answer_flows(caller: Probe):
    script: list[Step] = [
        expect(), send(whole(OK, b"transfer-encoding: chunked")), expect(b"ping"), send(b"4\r\npong\r\n"),
        expect(b"last"), send(b"3\r\nbye\r\n"), expect(b"0\r\n\r\n"), send(b"0\r\n\r\n"), answer(b"next"),
    ]  # fmt: skip
    async with Chaos(script) as upstream:
        endpoint = caller.client.endpoint(upstream.url)
        body = Body(caller.signal, whole=False)
        got = await caller.ask(endpoint, b"POST", body=body)
        body.feed(Data(b"ping"))
        assert await soon(got.more()) == b"pong"
        body.feed(Data(b"last"))
        assert await soon(got.more()) == b"bye"
        body.feed(whole=True)
        assert await soon(got.more()) == b""
        got.close()
        assert (await caller.fetch(endpoint))[1] == b"next"
        assert len(upstream.talks) == 1


async def test_after_101_bytes_flow_raw_both_ways_and_each_way_ends_by_itself(caller: Probe):
    switch = whole(b"HTTP/1.1 101 Switching Protocols", b"Connection: Upgrade", b"Upgrade: echo", body=b"hello")
    script: list[Step] = [expect(), send(switch), expect(b"\x00raw"), until_end, send(b"bye"), close()]
    async with Chaos(script) as upstream:
        body = Body(caller.signal)
        got = await caller.ask(caller.client.endpoint(upstream.url), body=body, upgrade=b"echo")
        assert (got.head.status, got.head.headers) == (101, [(b"connection", b"upgrade"), (b"upgrade", b"echo")])
        assert b"connection: upgrade\r\nupgrade: echo\r\n\r\n" in upstream.talks[0].received
        body.whole = False
        assert await soon(got.more()) == b"hello"
        body.feed(Data(b"\x00raw"), whole=True)
        assert await soon(got.more()) == b"bye"
        assert await soon(got.more()) == b""
        got.close()
        await soon(upstream.talks[0].ended.wait())


async def until_end(talk: Talk) -> None:
    while await talk.reader.read(100):
        pass


async def test_a_refused_upgrade_is_an_ordinary_answer(caller: Probe):
    async with Chaos([answer(b"no", b"426 Upgrade Required"), answer(b"next")]) as upstream:
        endpoint = caller.client.endpoint(upstream.url)
        got = await caller.ask(endpoint, body=Body(caller.signal), upgrade=b"echo")
        assert (got.head.status, await got.read(10)) == (426, b"no")
        got.close()
        assert (await caller.fetch(endpoint))[1] == b"next"
        assert len(upstream.talks) == 1


# faults: what they are called, and that the connection is not used again


MALFORMED = {
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "ICY": b"ICY 200 OK\r\n\r\n",
    "RTSP": b"RTSP/1.0 200 OK\r\n\r\n",
    "empty line first": b"\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
    "HTTP/2.0": b"HTTP/2.0 200 OK\r\ncontent-length: 0\r\n\r\n",
    "HTTP/1.2": b"HTTP/1.2 200 OK\r\ncontent-length: 0\r\n\r\n",
    "HTTP/0.9": b"HTTP/0.9 200 OK\r\ncontent-length: 0\r\n\r\n",
    "status of four digits": b"HTTP/1.1 2000 OK\r\ncontent-length: 0\r\n\r\n",
    "status of two digits": b"HTTP/1.1 20 OK\r\ncontent-length: 0\r\n\r\n",
    "status below 100": b"HTTP/1.1 099 OK\r\ncontent-length: 0\r\n\r\n",
    "status in letters": b"HTTP/1.1 abc OK\r\ncontent-length: 0\r\n\r\n",
    "control characters in the reason": b"HTTP/1.1 200 O\x01K\r\ncontent-length: 0\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
    "two equal lengths": b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\na",
    "a list of lengths": b"HTTP/1.1 200 OK\r\ncontent-length: 1, 1\r\n\r\na",
    "a signed length": b"HTTP/1.1 200 OK\r\ncontent-length: +1\r\n\r\na",
    "a negative length": b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\na",
    "an empty length": b"HTTP/1.1 200 OK\r\ncontent-length: \r\n\r\na",
    "a huge length": b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\na",
    "length and chunks": b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
    "gzip as transfer coding": b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n",
    "gzip, chunked": b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked, gzip": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "chunked twice": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "xchunked": b"HTTP/1.1 200 OK\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
    "identity": b"HTTP/1.1 200 OK\r\ntransfer-encoding: identity\r\n\r\n",
    "chunks in HTTP/1.0": b"HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "NUL in a value": b"HTTP/1.1 200 OK\r\nx: a\0b\r\ncontent-length: 0\r\n\r\n",
    "NUL in a name": b"HTTP/1.1 200 OK\r\nx\0: a\r\ncontent-length: 0\r\n\r\n",
    "a folded line": b"HTTP/1.1 200 OK\r\nx: a\r\n b\r\ncontent-length: 0\r\n\r\n",
    "a fold first": b"HTTP/1.1 200 OK\r\n x: a\r\ncontent-length: 0\r\n\r\n",
    "space before the colon": b"HTTP/1.1 200 OK\r\nx : a\r\ncontent-length: 0\r\n\r\n",
    "no name": b"HTTP/1.1 200 OK\r\n: a\r\ncontent-length: 0\r\n\r\n",
    "no colon": b"HTTP/1.1 200 OK\r\nabc\r\ncontent-length: 0\r\n\r\n",
    "bare LF": b"HTTP/1.1 200 OK\ncontent-length: 0\n\n",
    "bare CR": b"HTTP/1.1 200 OK\r\nx: a\rb\r\ncontent-length: 0\r\n\r\n",
    "101 unasked": b"HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
    "101 without protocol": b"HTTP/1.1 101 Switching\r\n\r\n",
    "a head of 1 MiB": b"HTTP/1.1 200 OK\r\nx: " + b"a" * 2**20,
    "10,000 fields": b"HTTP/1.1 200 OK\r\n" + b"x: a\r\n" * 10_000 + b"content-length: 0\r\n\r\n",
    "300 fields": b"HTTP/1.1 200 OK\r\n" + b"x: a\r\n" * 300 + b"content-length: 0\r\n\r\n",
    "informational heads without end": b"HTTP/1.1 103 Hints\r\nlink: x\r\n\r\n" * 2_000,
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
async def test_an_invalid_head_is_refused_and_its_connection_not_used_again(caller: Probe, name: str):
    async with Chaos([expect(), send(MALFORMED[name]), hang()], [answer(b"fine")]) as upstream:
        endpoint = caller.client.endpoint(upstream.url)
        with pytest.raises(UpstreamProtocolError) as caught:
            await caller.ask(endpoint)
        assert "127.0.0.1" in caught.value.message
        await soon(upstream.talks[0].ended.wait())
        assert (await caller.fetch(endpoint))[1] == b"fine"


CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
BROKEN = {
    "length not reached": (b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc", close()),
    "length not reached, reset": (b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc", reset()),
    "no last chunk": (CHUNKED + b"3\r\nabc\r\n", close()),
    "within a chunk": (CHUNKED + b"5\r\nabc", close()),
    "within a chunk size": (CHUNKED + b"3\r\nabc\r\n1", close()),
    "within the trailers": (CHUNKED + b"3\r\nabc\r\n0\r\nx: y\r\n", close()),
    "no end at all, reset": (b"HTTP/1.1 200 OK\r\n\r\nabc", reset()),
    "a chunk size in letters": (CHUNKED + b"3\r\nabc\r\nxyz\r\n", hang()),
    "a negative chunk size": (CHUNKED + b"3\r\nabc\r\n-1\r\n", hang()),
    "a chunk size too large": (CHUNKED + b"3\r\nabc\r\n" + b"f" * 20 + b"\r\n", hang()),
    "0x in a chunk size": (CHUNKED + b"3\r\nabc\r\n0x3\r\nabc\r\n", hang()),
    "bare LF after a chunk size": (CHUNKED + b"3\r\nabc\r\n3\nabc\r\n", hang()),
    "a chunk longer than its size": (CHUNKED + b"3\r\nabc\r\n3\r\nabcd\r\n", hang()),
    "chunk extensions without end": (CHUNKED + b"3\r\nabc\r\n3;" + b"x" * 200_000, hang()),
    "trailers without end": (CHUNKED + b"3\r\nabc\r\n0\r\n" + b"x: y\r\n" * 50_000, hang()),
    "a bad trailer": (CHUNKED + b"3\r\nabc\r\n0\r\nx : y\r\n\r\n", hang()),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_truncated_or_invalid_body_never_ends_cleanly(caller: Probe, name: str):
    said, end = BROKEN[name]
    read = asyncio.Event()
    at = said.index(b"abc") + 3
    async with Chaos([expect(), send(said[:at]), wait(read), send(said[at:]), end], [answer(b"fine")]) as upstream:
        endpoint = caller.client.endpoint(upstream.url)
        got = await caller.ask(endpoint)
        assert await soon(got.more()) == b"abc"
        read.set()
        with pytest.raises(StreamBroken):
            await soon(got.read(1_000_000))
        assert not got.ended
        got.close()
        await soon(upstream.talks[0].ended.wait())
        assert (await caller.fetch(endpoint))[1] == b"fine"


@pytest.mark.parametrize("end", [close, reset])
async def test_a_fresh_connection_that_ends_before_any_byte_is_a_failure_and_nothing_is_sent_twice(caller: Probe, end):
    async with Chaos([expect(), end()]) as upstream:
        with pytest.raises(UpstreamFailed):
            await caller.ask(caller.client.endpoint(upstream.url))
        assert len(upstream.talks) == 1


@pytest.mark.parametrize("said", [b"H", b"HTTP/1.1 200 OK\r\nx: y\r\n"])
async def test_an_end_within_the_head_is_a_protocol_error(caller: Probe, said: bytes):
    async with Chaos([expect(), send(said), close()]) as upstream:
        with pytest.raises(UpstreamProtocolError):
            await caller.ask(caller.client.endpoint(upstream.url))


@pytest.mark.parametrize("excess", [b"x", b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nsmugg"])
async def test_more_than_was_asked_for_is_not_the_next_answer(caller: Probe, excess: bytes):
    said = whole(OK, b"content-length: 2", body=b"ok") + excess
    async with Chaos([expect(), send(said), hang()], [answer(b"fine")]) as upstream:
        endpoint = caller.client.endpoint(upstream.url)
        assert (await caller.fetch(endpoint))[1] == b"ok"
        assert (await caller.fetch(endpoint))[1] == b"fine"
        await soon(upstream.talks[0].ended.wait())


async def test_a_byte_on_an_unused_connection_closes_it(caller: Probe):
    gate = asyncio.Event()
    async with Chaos([answer(), wait(gate), send(b"!"), hang()], [answer(b"fine")]) as upstream:
        endpoint = caller.client.endpoint(upstream.url)
        await caller.fetch(endpoint)
        assert len(endpoint.pool.idle) == 1
        gate.set()
        await soon(upstream.talks[0].ended.wait())
        assert (endpoint.pool.idle, endpoint.pool.count) == ([], 0)
        assert (await caller.fetch(endpoint))[1] == b"fine"


# stale connections


@pytest.mark.parametrize(
    ("method", "end", "repeated"),
    [(b"GET", close, True), (b"DELETE", reset, True), (b"POST", reset, False), (b"POST", close, False)],
)
async def test_a_request_is_repeated_on_a_stale_connection_only_where_that_is_safe(
    caller: Probe, method: bytes, end, repeated: bool
):
    async with Chaos([answer(), expect(b" HTTP/1.1\r\n"), end()], [answer(b"again")]) as upstream:
        endpoint = caller.client.endpoint(upstream.url)
        await caller.fetch(endpoint)
        if repeated:
            assert (await caller.fetch(endpoint, method, b"body"))[1] == b"again"
        else:
            with pytest.raises(UpstreamFailed):
                await caller.fetch(endpoint, method, b"body")
        assert len(upstream.talks) == 1 + repeated


async def test_nothing_is_repeated_after_the_first_byte_of_an_answer(caller: Probe):
    async with Chaos([answer(), expect(), send(b"HTTP/1.1 2"), reset()]) as upstream:
        endpoint = caller.client.endpoint(upstream.url)
        await caller.fetch(endpoint)
        with pytest.raises(UpstreamProtocolError):
            await caller.fetch(endpoint)
        assert len(upstream.talks) == 1


async def test_a_streamed_body_that_was_begun_is_not_repeated(caller: Probe):
    async with Chaos([answer(), expect(b"abc"), reset()]) as upstream:
        endpoint = caller.client.endpoint(upstream.url)
        await caller.fetch(endpoint)
        with pytest.raises(UpstreamFailed):
            await caller.fetch(endpoint, b"PUT", Body(caller.signal, Data(b"abc"), whole=False))
        assert len(upstream.talks) == 1


async def test_a_fresh_connection_is_not_repeated_twice(caller: Probe):
    async with Chaos([answer(), expect(), close()], [expect(), close()]) as upstream:
        endpoint = caller.client.endpoint(upstream.url)
        await caller.fetch(endpoint)
        with pytest.raises(UpstreamFailed):
            await caller.fetch(endpoint)
        assert len(upstream.talks) == 2


# what is dispatched


LINE = b"x-request-id: r\r\n"


async def dispatch(caller: Probe, endpoint: Endpoint, method: bytes = b"GET", body: bytes = b"") -> Answer:
    fields = Block([])
    sent = caller.client.dispatch(endpoint, method, b"/d", fields, body, caller.signal, LINE)
    assert sent is not None
    return await soon(caller.client.conclude(sent, endpoint, method, b"/d", fields, body, LINE, caller.sink))


async def test_a_request_is_dispatched_only_where_nothing_is_waited_for(caller: Probe):
    async with Chaos([answer(), answer(b"two")]) as upstream:
        endpoint = caller.client.endpoint(upstream.url)
        assert caller.client.dispatch(endpoint, b"GET", b"/d", Block([]), b"", caller.signal, LINE) is None
        await caller.fetch(endpoint)
        got = await dispatch(caller, endpoint, b"POST", b"body")
        assert (got.head.status, await got.read(10), got.ended) == (200, b"two", True)
        host = f"127.0.0.1:{upstream.port}".encode()
        sent = b"POST /d HTTP/1.1\r\nhost: " + host + b"\r\ncontent-length: 4\r\n" + LINE + b"\r\nbody"
        assert upstream.talks[0].received.endswith(sent)


@pytest.mark.parametrize(
    ("method", "end", "repeated"),
    [(b"GET", close, True), (b"DELETE", reset, True), (b"POST", reset, False), (b"POST", close, False)],
)
async def test_what_was_dispatched_is_repeated_only_where_that_is_safe(
    caller: Probe, method: bytes, end, repeated: bool
):
    async with Chaos([answer(), expect(b" HTTP/1.1\r\n"), end()], [answer(b"again")]) as upstream:
        endpoint = caller.client.endpoint(upstream.url)
        await caller.fetch(endpoint)
        if repeated:
            got = await dispatch(caller, endpoint, method, b"body")
            assert await got.read(10) == b"again"
            assert LINE in upstream.talks[1].received
        else:
            with pytest.raises(UpstreamFailed):
                await dispatch(caller, endpoint, method, b"body")
        assert len(upstream.talks) == 1 + repeated


async def test_what_was_dispatched_is_not_repeated_after_the_first_byte_of_an_answer(caller: Probe):
    async with Chaos([answer(), expect(), send(b"HTTP/1.1 2"), reset()]) as upstream:
        endpoint = caller.client.endpoint(upstream.url)
        await caller.fetch(endpoint)
        with pytest.raises(UpstreamProtocolError):
            await dispatch(caller, endpoint)
        assert len(upstream.talks) == 1


async def test_informational_heads_of_what_was_dispatched_go_to_the_caller(caller: Probe):
    early = whole(b"HTTP/1.1 103 Early Hints", b"link: </a>")
    final = whole(OK, b"content-length: 2", body=b"ok")
    async with Chaos([answer(), expect(), send(early, early + final)]) as upstream:
        endpoint = caller.client.endpoint(upstream.url)
        await caller.fetch(endpoint)
        assert await (await dispatch(caller, endpoint)).read(10) == b"ok"
        assert caller.sink.parts == [Head(103, [(b"link", b"</a>")], b"Early Hints")] * 2


async def test_the_upstream_of_what_was_dispatched_sees_at_once_that_the_caller_left(caller: Probe):
    heard = asyncio.Event()
    async with Chaos([answer(), expect(), tell(heard), hang()]) as upstream:
        endpoint = caller.client.endpoint(upstream.url)
        await caller.fetch(endpoint)
        asking = caller.surroundings.loop.create_task(dispatch(caller, endpoint))
        await soon(heard.wait())
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await soon(upstream.talks[0].ended.wait())


# time


async def test_an_upstream_that_does_not_begin_to_answer_is_given_up(caller: Probe):
    async with Chaos([expect(), hang()]) as upstream:
        with pytest.raises(UpstreamTimeout, match=r"did not begin to answer within 0\.1 s"):
            await caller.ask(caller.client.endpoint(upstream.url, timeouts=FIRST))
        await soon(upstream.talks[0].ended.wait())


async def test_an_upstream_that_stops_within_its_answer_is_given_up(caller: Probe):
    async with Chaos([expect(), send(whole(OK, b"content-length: 9", body=b"abc")), hang()]) as upstream:
        got = await caller.ask(caller.client.endpoint(upstream.url, timeouts=BETWEEN))
        with pytest.raises(UpstreamTimeout, match=r"sent nothing for 0\.1 s"):
            await soon(got.read(10))
        got.close()
        await soon(upstream.talks[0].ended.wait())


async def test_a_head_that_drips_does_not_move_its_deadline(caller: Probe):
    async with Chaos([expect(), slowly(whole(OK, b"x: " + b"y" * 100))]) as upstream:
        with pytest.raises(UpstreamTimeout):
            await caller.ask(caller.client.endpoint(upstream.url, timeouts=FIRST))


def slowly(data: bytes) -> Step:
    async def step(talk: Talk) -> None:
        for at in range(len(data)):
            talk.writer.write(data[at : at + 1])
            await asyncio.sleep(0.02)

    return step


async def test_an_answer_that_drips_is_bounded_by_the_total(caller: Probe):
    timeouts = Timeouts(total=Duration(0.15))
    async with Chaos([expect(), send(CHUNKED), slowly(b"1\r\na\r\n" * 100)]) as upstream:
        with pytest.raises(UpstreamTimeout, match="altogether"):
            await caller.fetch(caller.client.endpoint(upstream.url, timeouts=timeouts))


async def test_an_upstream_that_takes_nothing_is_given_up(caller: Probe):
    async with Chaos([stop_reading(), wait(asyncio.Event())]) as upstream:
        endpoint = caller.client.endpoint(upstream.url, timeouts=BETWEEN)
        with pytest.raises(UpstreamTimeout, match="took nothing of the request"):
            await caller.ask(endpoint, b"POST", body=b"x" * 30_000_000)


def stop_reading() -> Step:
    async def step(talk: Talk) -> None:
        talk.writer.transport.pause_reading()  # type: ignore[attr-defined]

    return step


async def test_nobody_is_blamed_while_the_caller_does_not_take_the_answer(
    caller: Probe, monkeypatch: pytest.MonkeyPatch
):
    body = b"x" * (HIGH_WATER * 4)
    async with Chaos(
        [expect(), send(whole(OK, b"content-length: %d" % (len(body) + 1), body=body)), send(b"!")]
    ) as upstream:
        got = await caller.ask(caller.client.endpoint(upstream.url))
        await eventually(lambda: got.buffered >= HIGH_WATER)
        later, swept = clock.monotonic() + 60, caller.surroundings.deadlines.sweep
        with monkeypatch.context() as patch:
            patch.setattr(clock, "monotonic", lambda: later)
            swept(later)
        assert HIGH_WATER <= got.buffered <= 3 * HIGH_WATER
        assert await soon(got.read(10_000_000)) == body + b"!"
        got.close()


async def test_an_unused_connection_is_closed_after_a_while_or_sooner_if_the_upstream_says_so(
    surroundings: Surroundings,
):
    settings = OutboundSettings(pool=PoolSettings(idle=Duration(0.1)))
    caller = Probe(surroundings, settings)
    async with Chaos([answer()]) as upstream:
        await caller.fetch(caller.client.endpoint(upstream.url))
        await soon(upstream.talks[0].ended.wait())
    caller = Probe(surroundings)
    async with Chaos([answer(b"ok", b"200 OK", b"keep-alive: timeout=1, max=5")]) as upstream:
        await caller.fetch(caller.client.endpoint(upstream.url))
        await soon(upstream.talks[0].ended.wait())


# who leaves


async def test_the_upstream_sees_at_once_that_the_caller_left_before_the_head(caller: Probe):
    heard = asyncio.Event()
    async with Chaos([expect(), tell(heard), hang()]) as upstream:
        asking = caller.surroundings.loop.create_task(caller.ask(caller.client.endpoint(upstream.url)))
        await soon(heard.wait())
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await soon(upstream.talks[0].ended.wait())


async def test_the_upstream_sees_at_once_that_the_caller_left_within_the_answer(caller: Probe):
    async with Chaos([expect(), send(CHUNKED, b"3\r\nabc\r\n"), hang()]) as upstream:
        endpoint = caller.client.endpoint(upstream.url)
        got = await caller.ask(endpoint)
        got.close()
        got.close()
        await soon(upstream.talks[0].ended.wait())
        assert upstream.talks[0].was_reset
        await eventually(lambda: endpoint.pool.count == 0)


async def test_an_upload_that_stops_is_reset_never_ended(caller: Probe):
    async with Chaos([expect(b"abc"), hang()]) as upstream:
        body = Body(caller.signal, Data(b"abc"), whole=False)
        asking = caller.surroundings.loop.create_task(
            caller.ask(caller.client.endpoint(upstream.url), b"PUT", body=body)
        )
        await eventually(lambda: upstream.talks and b"abc" in upstream.talks[0].received)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await soon(upstream.talks[0].ended.wait())
        assert upstream.talks[0].was_reset
        assert not upstream.talks[0].received.endswith(b"0\r\n\r\n")


# amounts


async def test_tiny_chunks_are_handed_on_together(caller: Probe):
    said = CHUNKED + b"1\r\nx\r\n" * 50_000 + b"0\r\n\r\n"
    async with Chaos([expect(), send(said)]) as upstream:
        got = await caller.ask(caller.client.endpoint(upstream.url))
        pieces = []
        while piece := await soon(got.more()):
            pieces.append(piece)
        got.close()
        assert sum(map(len, pieces)) == 50_000
        assert len(pieces) < 100


async def test_a_large_body_crosses_both_ways(caller: Probe):
    body = bytes(range(256)) * 20_000

    async def echo(talk: Talk) -> None:
        received = await talk.reader.readexactly(len(body))
        talk.writer.write(whole(OK, b"content-length: %d" % len(body), body=received))

    async with Chaos([expect_exactly_head, echo]) as upstream:
        assert (await caller.fetch(caller.client.endpoint(upstream.url), b"POST", body))[1] == body


async def expect_exactly_head(talk: Talk) -> None:
    await talk.reader.readuntil(b"\r\n\r\n")


async def test_an_answer_larger_than_the_reader_wants_is_refused(caller: Probe):
    async with Chaos([answer(b"x" * 100)]) as upstream:
        got = await caller.ask(caller.client.endpoint(upstream.url))
        with pytest.raises(UpstreamProtocolError, match="larger than 99 bytes"):
            await got.read(99)
        got.close()


async def test_the_bound_on_a_head_can_be_set(surroundings: Surroundings):
    caller = Probe(surroundings, OutboundSettings(max_head=Size(100), max_fields=2))
    async with Chaos([expect(), drip(whole(OK, b"x: " + b"y" * 200))]) as upstream:
        with pytest.raises(UpstreamProtocolError, match="100 bytes"):
            await caller.ask(caller.client.endpoint(upstream.url))


# where to


async def test_nobody_there_is_unreachable(caller: Probe):
    async with Chaos() as upstream:
        url = upstream.url
    with pytest.raises(UpstreamUnreachable, match="could not be connected to"):
        await caller.ask(caller.client.endpoint(url))


async def test_a_unix_socket_is_an_upstream(caller: Probe, tmp_path):
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer(b"local")(Talk(reader, writer))
        writer.close()

    server = await asyncio.start_unix_server(serve, str(tmp_path / "s"))
    endpoint = caller.client.endpoint(f"unix:{tmp_path}/s")
    assert (await caller.fetch(endpoint))[1] == b"local"
    assert (endpoint.authority, endpoint.prefix) == (b"localhost", b"")
    server.close()


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://localhost/", "http://[::1]/", "unix:/x", "ftp://a.example/"]
)
def test_a_url_from_outside_must_not_lead_inside(surroundings: Surroundings, url: str):
    with pytest.raises(EgressDenied):
        Probe(surroundings).client.endpoint(url, outside=True)


@pytest.mark.parametrize(
    "url", ["", "localhost:80", "ftp://a/", "http://", "http://u:secret@a/", "http://a/?q", "http://a:0/"]
)
def test_a_url_that_cannot_be_used_is_refused_when_loaded(surroundings: Surroundings, url: str):
    with pytest.raises(BadConfig) as caught:
        Probe(surroundings).client.endpoint(url)
    assert "secret" not in caught.value.message


def test_endpoints_of_one_origin_share_their_pool_and_others_do_not(surroundings: Surroundings):
    client = Probe(surroundings).client
    first, second = client.endpoint("http://a.example/x"), client.endpoint("http://a.example/y")
    assert first.pool is second.pool
    assert client.endpoint("http://a.example:81").pool is not first.pool
    assert client.endpoint("http://a.example", outside=True).pool is not first.pool


@pytest.mark.parametrize("headers", [[(b"x", b"a\r\nb: c")], [(b"x", b"a\nb")], [(b"x", b"a\0")], [(b"x\r\ny", b"a")]])
async def test_a_field_that_would_break_the_request_apart_is_never_sent(caller: Probe, headers: Headers):
    async with Chaos([hang()]) as upstream:
        with pytest.raises(InternalError):
            await caller.ask(caller.client.endpoint(upstream.url), headers=headers)
        assert upstream.talks == []


async def test_more_calls_than_connections_wait_their_turn_and_too_many_are_refused(surroundings: Surroundings):
    pool = PoolSettings(max_connections=1, max_waiting=1, wait=Duration(5))
    caller = Probe(surroundings, OutboundSettings(pool=pool))
    async with Chaos([answer(b"1"), answer(b"2")]) as upstream:
        endpoint = caller.client.endpoint(upstream.url)
        got = await caller.ask(endpoint)
        second = Probe(surroundings, OutboundSettings(pool=pool))
        waiting = surroundings.loop.create_task(second.fetch(endpoint))
        assert await got.read(10) == b"1"
        got.close()
        assert (await soon(waiting))[1] == b"2"
        assert len(upstream.talks) == 1
    assert Overloaded.status == 503


async def test_every_failure_of_an_upstream_is_a_gateway_error(caller: Probe):
    for script in ([cut()], [expect(), cut()], [expect(), half_close()]):
        async with Chaos(script) as upstream:
            with pytest.raises(GatewayError):
                await caller.ask(caller.client.endpoint(upstream.url))


async def test_upstreams_that_are_trusted_alike_share_one_context(surroundings: Surroundings) -> None:
    client = Client(OutboundSettings(), surroundings)
    urls = ("https://127.0.0.1:1", "https://127.0.0.1:2", "https://localhost:3")
    one, other, named = (client.endpoint(url).pool._route.context for url in urls)
    assert one is other is named is not None
    lax = client.endpoint("https://127.0.0.1:4", tls=TlsSettings(verify=False)).pool._route.context
    assert lax is not one
