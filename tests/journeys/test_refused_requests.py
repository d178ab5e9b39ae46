"""Every request that could be read in two ways, sent to a running gateway: refused, closed, and never forwarded."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from tests.journeys.caller import Caller
from tests.journeys.conftest import Gateway
from tests.journeys.stage import Upstream, eventually, listeners
from tests.outbound.chaos import answer, expect, send

DATA = Path(__file__).parents[1] / "inbound" / "data"
REFUSED: list[dict[str, Any]] = msgspec.json.decode((DATA / "refused_requests.json").read_bytes())
ACCEPTED: list[dict[str, Any]] = msgspec.json.decode((DATA / "accepted_requests.json").read_bytes())
AT_ONCE = 16
"""Requests that are under way at the same time."""
OPEN = """
policy: { authenticators: [{ kind: anonymous }] }
api: { routes: { all: { targets: ['http://127.0.0.1:%d'] } } }
"""


async def _say(port: int, *pieces: bytes) -> bytes:
    """Send the pieces, each once the gateway has had the one before; what came back until the gateway closed."""
    async with await Caller.connect(port) as caller:
        for piece in pieces[:-1]:
            caller.send(piece)
            async with await Caller.connect(port) as other:
                other.send(b"GET\r\n\r\n")
                await other.closed()
        caller.send(pieces[-1])
        raw, _ = await caller.closed()
        return raw


async def _say_each(port: int, requests: list[tuple[bytes, ...]]) -> list[bytes]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(pieces: tuple[bytes, ...]) -> bytes:
        async with gate:
            return await _say(port, *pieces)

    return await asyncio.gather(*map(one, requests))


def _is_refusal(raw: bytes) -> bool:
    """One answer of the 4xx class (or 501, 505) that says the connection ends, and no second one."""
    first, _, rest = raw.partition(b"\r\n")
    refused = first[9:10] == b"4" or first[9:12] in (b"501", b"505")
    return first.startswith(b"HTTP/1.1 ") and refused and b"connection: close" in rest and b"HTTP/1.1 " not in rest


async def test_a_request_in_doubt_is_refused_and_closed_and_reaches_nobody(gateway: Callable[[str], Gateway]) -> None:
    assert len(REFUSED) >= 100
    (listener,) = listeners(1)
    running = gateway(OPEN % listener.getsockname()[1])
    async with Upstream(listener, [answer()], repeat=True) as upstream:
        requests = [(each["bytes"].encode("latin-1"),) for each in REFUSED]
        heard = await _say_each(running.port, requests)
        wrong = {each["name"]: raw for each, raw in zip(REFUSED, heard, strict=True) if not _is_refusal(raw)}
        assert wrong == {}
        assert [talk.received for talk in upstream.talks] == []
    await eventually(lambda: len(running.records()) == len(REFUSED))
    assert {each["outcome"] for each in running.records()} <= {
        "request.invalid", "request.head_too_large", "request.target_too_long",
        "request.unsupported", "route.method_not_allowed"
    }  # fmt: skip


async def test_a_body_in_doubt_that_comes_later_never_becomes_a_whole_request(
    gateway: Callable[[str], Gateway],
) -> None:
    (listener,) = listeners(1)
    running = gateway(OPEN % listener.getsockname()[1])
    chunked = [each["bytes"].encode("latin-1") for each in REFUSED if each["name"].startswith("chunk: ")]
    requests = [each.partition(b"\r\n\r\n") for each in chunked]
    async with Upstream(listener, [expect(b"\r\n0\r\n\r\n"), answer()], repeat=True) as upstream:
        heard = await _say_each(running.port, [(head + gap, body) for head, gap, body in requests])
        assert [raw for raw in heard if not _is_refusal(raw)] == []
        assert len(upstream.talks) == len(requests)
        for talk in upstream.talks:
            await eventually(talk.ended.is_set)
            assert not talk.received.endswith(b"\r\n0\r\n\r\n")
            assert talk.was_reset


async def test_what_is_in_order_arrives_the_same_way(gateway: Callable[[str], Gateway]) -> None:
    (listener,) = listeners(1)
    running = gateway(OPEN % listener.getsockname()[1])
    arrived = 0
    ok = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    async with Upstream(listener, [expect(), send(ok)], repeat=True) as upstream:
        for each in ACCEPTED:
            async with await Caller.connect(running.port) as caller:
                caller.send(each["bytes"].encode("latin-1"))
                got = [await caller.answer() for _ in range(each["requests"])]
                asks_the_server = each["bytes"].startswith("OPTIONS *")  # which has no path, so no route takes it
                expected = 404 if asks_the_server else 200
                assert [one.status for one in got] == [expected] * each["requests"], each["name"]
                arrived += 0 if asks_the_server else each["requests"]
        assert len(upstream.talks) == arrived
