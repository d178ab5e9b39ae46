"""A caller of many streams at once: counts their events, or holds them open in silence."""

from __future__ import annotations

import argparse
import asyncio
import ssl
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

import uvloop

_EVENT = b"data: "
_STAMP = b'"id":"chatcmpl-'
_END = b"\r\n0\r\n\r\n"


class Tally:
    """What all streams of this process have seen."""

    def __init__(self) -> None:
        self.events = 0
        self.opened = 0
        self.lost = 0
        self.delays: list[int] = []


class Stream(asyncio.Protocol):
    """Asks, counts events until the end of the answer, and asks again on the same connection."""

    def __init__(self, request: bytes, tally: Tally) -> None:
        self.request = request
        self.tally = tally
        self.tail = b""
        self.first = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        # Five bytes of the read before: one less than the mark, so none is missed and none counted twice.
        seen = (self.tail[-5:] + data).count(_EVENT)
        ended = (self.tail + data).endswith(_END)
        self.tail = (self.tail + data)[-6:]
        self.tally.events += seen
        if seen and self.first:
            self.first = False
            self.tally.opened += 1
        if (at := data.find(_STAMP)) >= 0 and (stamp := data[at + 15 : at + 34]).isdigit():
            self.tally.delays.append(time.monotonic_ns() - int(stamp))
        if ended:
            self.tail = b""
            self.transport.write(self.request)

    def connection_lost(self, exc: Exception | None) -> None:
        self.tally.lost += 1


async def connect(count: int, port: int, context: ssl.SSLContext | None, build: Callable[[], Stream]) -> None:
    """Open the streams one after the other, spread a little, as callers are."""
    loop = asyncio.get_running_loop()
    for _ in range(count):
        name = "localhost" if context else None
        await loop.create_connection(build, "127.0.0.1", port, ssl=context, server_hostname=name)
        await asyncio.sleep(0.001)


async def flow(tally: Tally, seconds: float) -> None:
    """Mark the begin and the end of the measured time on standard output, with what flowed between."""
    await asyncio.sleep(1)
    print("begin", flush=True)
    tally.events = 0
    tally.delays.clear()
    await asyncio.sleep(seconds)
    events, delays = tally.events, sorted(tally.delays)
    p50, p99 = (statistics.quantiles(delays, n=100)[at] // 1000 for at in (49, 98)) if len(delays) > 1 else (0, 0)
    print("end", events, int(p50), int(p99), tally.lost, flush=True)


async def hold(tally: Tally, count: int) -> None:
    """Say when all streams have spoken, then keep them open until standard input ends."""
    deadline = time.monotonic() + 30
    while tally.opened < count and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    print("open", tally.opened, tally.lost, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def run(options: argparse.Namespace) -> None:
    """Open the streams and do what was asked."""
    tally = Tally()
    request = Path(options.request).read_bytes()
    context = ssl.create_default_context(cafile=options.authority) if options.authority else None
    await connect(options.count, options.port, context, lambda: Stream(request, tally))
    await (flow(tally, options.seconds) if options.seconds else hold(tally, options.count))


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("request", help="a file with the bytes to send")
    parser.add_argument("--count", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=0, help="how long to measure; 0 holds the streams open")
    parser.add_argument("--authority", help="a CA file: speak TLS and verify")
    uvloop.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
