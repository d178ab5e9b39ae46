"""A signed request is good once: whichever worker it reaches, on whichever machine, and after a restart."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.journeys.conftest import START_SECONDS, Gateway
from tests.journeys.test_identity import SECRET, signed, status
from tests.outbound.chaos import Chaos, answer
from tests.store import redis_server

Start = Callable[[str], Gateway]
CROWD = 24
ONCE = answer(b"ok", b"200 OK", b"connection: close")


def text(upstream: str, workers: int, **more: Any) -> str:
    keys = {"robot": {"algorithm": "hmac-sha256", "secret": SECRET, "agent": "robot"}}
    required = ["@method", "@path", "@query"]
    sections: dict[str, Any] = {
        "inbound": {"listen": "127.0.0.1:<port>", "workers": workers},
        "policy": {"authenticators": [{"kind": "signature", "required": required, "keys": keys}]},
        "api": {"routes": {"all": {"targets": [upstream]}}},
        **more,
    }
    return "".join(f"{name}: {json.dumps(section)}\n" for name, section in sections.items())


async def crowd(nonce: str, *gateways: Gateway) -> Counter[int]:
    """What the same signed request is answered, many times at once, each on a connection of its own."""
    fields = signed("/a", b"hello", nonce)
    asked = [status(gateways[number % len(gateways)], "POST", "/a", b"hello", **fields) for number in range(CROWD)]
    return Counter(await asyncio.gather(*asked))


async def test_of_several_workers_one_takes_it(gateway: Start) -> None:
    async with Chaos([ONCE], repeat=True) as upstream:
        running = gateway(text(upstream.url, 4))
        for number in range(5):
            assert await crowd(f"n{number}", running) == {200: 1, 401: CROWD - 1}


async def test_a_restart_forgets_nothing(gateway: Start) -> None:
    async with Chaos([ONCE], repeat=True) as upstream:
        running = gateway(text(upstream.url, 2))
        fields = signed("/a", b"hello", "n")
        assert await status(running, "POST", "/a", b"hello", **fields) == 200
        await asyncio.to_thread(running.kill)
        running.start()
        await asyncio.to_thread(running.until, running.ready, START_SECONDS)
        assert await status(running, "POST", "/a", b"hello", **fields) == 401
        assert await status(running, "POST", "/a", b"hello", **signed("/a", b"hello", "other")) == 200


async def test_of_two_machines_on_one_redis_one_takes_it(gateway: Start, redis: redis_server.Server) -> None:
    counters = {"kind": "redis", "url": redis.url, "timeout": "5s"}
    async with Chaos([ONCE], repeat=True) as upstream:
        machines = [gateway(text(upstream.url, 2, store={"counters": counters})) for _ in range(2)]
        for number in range(5):
            assert await crowd(f"n{number}", *machines) == {200: 1, 401: CROWD - 1}
