"""Fifty reloads under load: no request fails on a fresh or a reused connection, and every stream finishes."""

import asyncio
import signal
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.process.scene import Gateway, free_port

RELOADS = 50
RATE = 500.0
"""Requests per second in all."""
REUSED, FRESH = 8, 2
"""How many callers keep their connection, and how many open one per request; each sends its share of the rate."""
PAUSE = 0.2
"""Seconds between two reloads, in which every caller has sent something."""
STREAMS = 8
CHUNKS = 30
BODY = b"x" * 1024
TRIGATE = (str(Path(sys.executable).parent / "trigate"), "serve", "-c")


class Site:
    """The service behind the gateway: a kilobyte on `/page`, three seconds of chunks on `/stream`."""

    def __init__(self) -> None:
        self.port = free_port()

    async def start(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await (self._stream if b"/stream" in head else self._page)(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    async def _page(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(BODY), BODY))
        await writer.drain()

    async def _stream(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        for number in range(CHUNKS):
            writer.write(b"4\r\n%04d\r\n" % number)
            await writer.drain()
            await asyncio.sleep(0.1)
        writer.write(b"0\r\n\r\n")
        await writer.drain()


class Caller:
    """One connection at a time to the gateway; every fault is counted by its kind."""

    def __init__(self, port: int, tally: Counter[str]) -> None:
        self._port = port
        self._tally = tally
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, *, keep: bool) -> None:
        """One request for the page."""
        try:
            reader, writer = self._ends or await asyncio.open_connection("127.0.0.1", self._port)
            self._ends = reader, writer
            writer.write(b"GET /page HTTP/1.1\r\nhost: a\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(len(BODY))
            good = head.startswith(b"HTTP/1.1 200 ") and body == BODY
            self._tally["answered" if good else head[:15].decode()] += 1
            if not keep or b"connection: close" in head.lower():
                self.close()
        except (OSError, asyncio.IncompleteReadError) as fault:
            self._tally[f"{'reused' if keep else 'fresh'}: {type(fault).__name__}"] += 1
            self.close()

    async def stream(self) -> None:
        """One stream to its end."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(b"GET /stream HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        try:
            whole = (await reader.read()).endswith(b"%04d\r\n0\r\n\r\n" % (CHUNKS - 1))
            self._tally["streamed" if whole else "a stream was cut"] += 1
        except OSError:
            self._tally["a stream was reset"] += 1
        finally:
            writer.close()

    def close(self) -> None:
        """Give the connection up."""
        if self._ends is not None:
            self._ends[1].close()
            self._ends = None


async def paced(ask: Callable[[], Awaitable[None]], every: float, stop: asyncio.Event) -> None:
    """Ask at a steady pace until told to stop; who falls behind asks at once."""
    due = time.monotonic()
    while not stop.is_set():
        await ask()
        due += every
        await asyncio.sleep(max(0.0, due - time.monotonic()))


async def load(port: int, stop: asyncio.Event, tally: Counter[str]) -> None:
    every = (REUSED + FRESH) / RATE
    callers = [Caller(port, tally) for _ in range(REUSED + FRESH)]
    pages = [
        paced(lambda each=each, keep=number < REUSED: each.ask(keep=keep), every, stop)
        for number, each in enumerate(callers)
    ]
    streams = [paced(Caller(port, tally).stream, 0.0, stop) for _ in range(STREAMS)]
    await asyncio.gather(*pages, *streams)
    for each in callers:
        each.close()


def sections(site: Site, gateway: Gateway, number: int) -> dict[str, Any]:
    """The configuration of one reload; every fifth changes the way in and so brings a new worker."""
    drain = 20 + number // 5
    return {
        "inbound": {"listen": f"127.0.0.1:{gateway.port}", "timeouts": {"drain": f"{drain}s"}},
        "policy": {"authenticators": [{"kind": "anonymous", "lanes": ["api"]}]},
        "api": {"routes": {f"all-{number}": {"match": {"path": "/*"}, "targets": [f"http://127.0.0.1:{site.port}"]}}},
    }


async def reload_often(gateway: Gateway, site: Site, count: int) -> None:
    for number in range(1, count + 1):
        gateway.write(**sections(site, gateway, number))
        gateway.signal(signal.SIGHUP)
        deadline = time.monotonic() + 20
        while f"generation={number + 1}\n" not in gateway.log():
            assert time.monotonic() < deadline, gateway.log()
            await asyncio.sleep(0.02)
        await asyncio.sleep(PAUSE)


async def run(directory: Path, reloads: int) -> Counter[str]:
    site, tally, stop = Site(), Counter[str](), asyncio.Event()
    server = await site.start()
    gateway = Gateway(directory, TRIGATE)
    gateway.write(**sections(site, gateway, 0))
    await asyncio.to_thread(gateway.__enter__)
    try:
        asking = asyncio.create_task(load(gateway.port, stop, tally))
        await reload_often(gateway, site, reloads)
        stop.set()
        await asyncio.wait_for(asking, 30)
    finally:
        server.close()
        gateway.__exit__(None, None, None)
    return tally


@pytest.mark.proof
@pytest.mark.timeout(300)
async def test_fifty_reloads_at_500_requests_a_second_lose_nothing(tmp_path: Path):
    begun = time.monotonic()
    tally = await run(tmp_path, RELOADS)
    seconds = time.monotonic() - begun
    print(f"{RELOADS} reloads in {seconds:.0f} s: {dict(tally)}")
    assert set(tally) == {"answered", "streamed"}
    assert tally["answered"] > RELOADS * RATE * PAUSE / 2


async def test_a_few_reloads_under_load_lose_nothing(tmp_path: Path):
    tally = await run(tmp_path, 6)
    assert set(tally) == {"answered", "streamed"}
