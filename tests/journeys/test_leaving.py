"""A caller that leaves, in each phase of an exchange: the upstream is let go at once, and the record says so."""

import asyncio
import statistics
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from tests.journeys.caller import Caller, head
from tests.journeys.stage import Place, Stage, Upstream, chat, descriptors, eventually, worker
from tests.outbound.chaos import expect, hang, send, tell
from tests.patience import PATIENCE

LIMIT_SECONDS = 0.25
"""The promise: so soon after its caller left is an upstream let go."""
SPARE_DESCRIPTORS = 4

HALF_LENGTH = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"
HALF_CHUNKS = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n"
EVENT = b'data: {"id":"c","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}\n\n'
HALF_STREAM = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n%x\r\n%b\r\n"
    % (
        len(EVENT),
        EVENT,
    )
)

Leave = Callable[[Caller], None]
LEAVES: dict[str, Leave] = {"FIN": Caller.finish, "RST": Caller.reset}
leaving = pytest.mark.parametrize("leave", LEAVES)


@pytest.fixture
async def process(stage: Stage) -> Any:
    """The worker; after the test it is the same one, and has no more open than before."""
    found = worker(stage.running)
    before = descriptors(found)
    yield found
    await eventually(lambda: descriptors(found) <= before + SPARE_DESCRIPTORS)
    assert worker(stage.running).pid == found.pid


async def _left(place: Place, upstream: Upstream, caller: Caller, leave: str) -> None:
    """Leave, and judge what the gateway makes of it."""
    LEAVES[leave](caller)
    await eventually(upstream.talks[0].ended.is_set)  # the gateway would wait longer than this for the upstream itself
    await place.record(outcome="caller.left")


def _ask(place: Place, method: str = "GET", *fields: str) -> bytes:
    return head(method, place.path(), f"x-request-id: {place.request_id}", *fields)


def _ask_model(place: Place, *, stream: bool) -> bytes:
    body = chat(f"s{place.number}/m", stream=stream)
    fields = (f"x-request-id: {place.request_id}", f"Content-Length: {len(body)}")
    return head("POST", "/v1/chat/completions", *fields) + body


@leaving
@pytest.mark.parametrize("said", [b"", b"GET /x HT", b"GET /s0/x HTTP/1.1\r\nHost: h\r\nAuthor"])
async def test_before_a_request_is_complete(place: Place, process: psutil.Process, leave: str, said: bytes) -> None:
    await place.pass_by()
    before = descriptors(process)
    async with await place.caller() as caller:
        caller.send(said)
        await place.pass_by()
        LEAVES[leave](caller)
        await eventually(lambda: descriptors(process) <= before)


@leaving
@pytest.mark.parametrize("framing", ["Content-Length: 10", "Transfer-Encoding: chunked"])
async def test_within_a_body(place: Place, process: psutil.Process, leave: str, framing: str) -> None:
    async with place.upstream([hang()]) as upstream, await place.caller() as caller:
        caller.send(_ask(place, "POST", framing) + b"4\r\nhalf\r\n"[: 9 if "chunked" in framing else 4])
        await eventually(
            lambda: (upstream.talks and b"half" in upstream.received) or upstream.received.endswith(b"4\r\nh")
        )
        await _left(place, upstream, caller, leave)


@leaving
async def test_within_the_body_of_an_ask_for_a_model(place: Place, process: psutil.Process, leave: str) -> None:
    async with place.upstream() as upstream, await place.caller() as caller:
        caller.send(_ask_model(place, stream=False)[:-10])
        await place.pass_by()
        LEAVES[leave](caller)
        await place.record(outcome="caller.left")
        assert upstream.talks == []


@leaving
async def test_while_it_waits_for_an_answer(place: Place, process: psutil.Process, leave: str) -> None:
    async with place.upstream([expect(), hang()]) as upstream, await place.caller() as caller:
        caller.send(_ask(place))
        await eventually(lambda: upstream.received.endswith(b"\r\n\r\n"))
        await _left(place, upstream, caller, leave)


@pytest.mark.parametrize(
    ("half", "leave"),
    [
        (HALF_CHUNKS, "FIN"),
        (HALF_CHUNKS, "RST"),
        (HALF_LENGTH, "RST"),
        (HALF_LENGTH, "FIN"),
    ],
    ids=["chunks-FIN", "chunks-RST", "length-RST", "length-FIN"],
)
async def test_within_an_answer(place: Place, process: psutil.Process, leave: str, half: bytes) -> None:
    async with place.upstream([expect(), send(half), hang()]) as upstream, await place.caller() as caller:
        caller.send(_ask(place))
        await caller.until(b"half")
        await _left(place, upstream, caller, leave)


@leaving
@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
async def test_while_it_waits_for_a_model(place: Place, process: psutil.Process, leave: str, stream: bool) -> None:
    async with place.upstream([expect(b"}]"), hang()]) as upstream, await place.caller() as caller:
        caller.send(_ask_model(place, stream=stream))
        await eventually(lambda: b"}]" in upstream.received)
        await _left(place, upstream, caller, leave)


@leaving
async def test_within_a_completion(place: Place, process: psutil.Process, leave: str) -> None:
    came = asyncio.Event()
    script = [expect(b"}]"), send(HALF_LENGTH), tell(came), hang()]
    async with place.upstream(script) as upstream, await place.caller() as caller:
        caller.send(_ask_model(place, stream=False))
        await asyncio.wait_for(came.wait(), PATIENCE)
        await _left(place, upstream, caller, leave)


@leaving
async def test_within_a_stream(place: Place, process: psutil.Process, leave: str) -> None:
    async with place.upstream([expect(b"}]"), send(HALF_STREAM), hang()]) as upstream, await place.caller() as caller:
        caller.send(_ask_model(place, stream=True))
        await caller.until(EVENT)
        await _left(place, upstream, caller, leave)
        assert (await place.record())["usage"]["estimated"]


@leaving
async def test_between_two_requests(place: Place, process: psutil.Process, leave: str) -> None:
    await place.pass_by()
    before = descriptors(process)
    async with await place.caller() as caller:
        caller.send(head("GET", "/nowhere"))
        assert (await caller.answer()).status == 404
        LEAVES[leave](caller)
        await eventually(lambda: descriptors(process) <= before)


@leaving
async def test_within_a_tunnel(place: Place, process: psutil.Process, leave: str) -> None:
    switch = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
    async with place.upstream([expect(), send(switch), hang()]) as upstream, await place.caller() as caller:
        fields = ("Connection: Upgrade", "Upgrade: websocket", f"x-request-id: {place.request_id}")
        caller.send(head("GET", place.path("u"), *fields))
        await caller.until(b"\r\n\r\n")
        LEAVES[leave](caller)
        await eventually(upstream.talks[0].ended.is_set)
        await place.record(route=f"u{place.number}")


async def test_behind_requests_in_a_row(place: Place, process: psutil.Process) -> None:
    async with place.upstream([expect(), hang()]) as upstream, await place.caller() as caller:
        caller.send(_ask(place) * 5)
        await eventually(lambda: upstream.received.endswith(b"\r\n\r\n"))
        await _left(place, upstream, caller, "RST")
        assert upstream.received.count(b"HTTP/1.1") == 1


async def test_a_caller_that_only_says_that_no_more_comes_gets_its_answer(
    place: Place, process: psutil.Process
) -> None:
    came = asyncio.Event()
    script = [expect(), tell(came), send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")]
    async with place.upstream(script), await place.caller() as caller:
        caller.send(_ask(place))
        caller.half_close()
        await asyncio.wait_for(came.wait(), PATIENCE)
        got = await caller.answer()
        assert (got.status, got.body) == (200, b"ok")
        await place.record(outcome="ok")


async def test_a_hundred_at_once(place: Place, process: psutil.Process) -> None:
    async with place.upstream([expect(), send(HALF_CHUNKS), hang()], repeat=True) as upstream:
        callers = [await place.caller() for _ in range(100)]
        for each in callers:
            each.send(_ask(place))
        for each in callers:
            await each.until(b"half")
        for number, each in enumerate(callers):
            LEAVES["FIN" if number % 2 else "RST"](each)
        await eventually(lambda: len([talk for talk in upstream.talks if talk.ended.is_set()]) == 100)
        await eventually(lambda: sum(each["request_id"] == place.request_id for each in place.running.records()) == 100)
        assert {each["outcome"] for each in place.running.records() if each["request_id"] == place.request_id} == {
            "caller.left"
        }


@pytest.mark.proof
@leaving
async def test_an_upstream_is_let_go_within_a_quarter_of_a_second(place: Place, leave: str) -> None:
    loop, seconds = asyncio.get_running_loop(), list[float]()
    async with place.upstream([expect(), hang()], repeat=True) as upstream:
        for number in range(51):
            async with await place.caller() as caller:
                caller.send(_ask(place))
                await eventually(lambda wanted=number: len(upstream.talks) > wanted)
                talk = upstream.talks[number]
                await eventually(lambda: talk.received.endswith(b"\r\n\r\n"))  # noqa: B023 - asked at once
                began = loop.time()
                LEAVES[leave](caller)
                await asyncio.wait_for(talk.ended.wait(), PATIENCE)
                seconds.append(loop.time() - began)
    print(f"{leave}: median {statistics.median(seconds) * 1000:.1f} ms, longest {max(seconds) * 1000:.1f} ms")
    assert statistics.median(seconds) < LIMIT_SECONDS
