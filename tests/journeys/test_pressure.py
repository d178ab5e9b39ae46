"""Large bodies, and peers that take nothing: everything arrives, little is held, and nobody else notices."""

import asyncio
import hashlib

import psutil
import pytest

from tests.journeys.caller import Caller, head
from tests.journeys.stage import Place, Stage, eventually, worker
from tests.outbound.chaos import Step, Talk, expect, hang, send, wait
from tests.patience import PATIENCE
from trigate.core.clock import clock

PIECE = bytes(range(256)) * 4096
"""1 MiB."""
GROWTH = 8 * 2**20
"""What a worker may grow by for one peer that takes nothing."""
IN_FLIGHT = 48 * 2**20
"""What the kernel may hold between two processes on loopback, twice, with its largest buffers."""
UPLOADED = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


@pytest.fixture
def process(stage: Stage) -> psutil.Process:
    """The worker."""
    return worker(stage.running)


def _hash(pieces: int) -> str:
    return hashlib.sha256(PIECE * pieces).hexdigest()


def _pour(pieces: int, sent: list[int]) -> Step:
    """Send so many pieces as fast as they are taken."""

    async def step(talk: Talk) -> None:
        for _ in range(pieces):
            talk.writer.write(PIECE)
            await talk.writer.drain()
            sent[0] += len(PIECE)

    return step


def _swallow(size: int, found: list[str]) -> Step:
    """Read a body of so many bytes."""

    async def step(talk: Talk) -> None:
        digest = hashlib.sha256(talk.received[talk.read_upto :])
        left = size - len(talk.received) + talk.read_upto
        while left > 0:
            piece = await talk.reader.read(min(left, 65536))
            assert piece
            digest.update(piece)
            left -= len(piece)
        found.append(digest.hexdigest())

    return step


def _swallow_chunks(found: list[str]) -> Step:
    """Read a body in chunks, none of which came with the head."""

    async def step(talk: Talk) -> None:
        assert talk.read_upto == len(talk.received)
        digest, reader = hashlib.sha256(), talk.reader
        while size := int(await reader.readline(), 16):
            digest.update(await reader.readexactly(size))
            await reader.readexactly(2)
        await reader.readexactly(2)
        found.append(digest.hexdigest())

    return step


async def _download(caller: Caller, size: int) -> str:
    digest = hashlib.sha256()
    await caller.until(b"\r\n\r\n")
    while size:
        piece = await caller.receive()
        assert piece
        digest.update(piece)
        size -= len(piece)
    return digest.hexdigest()


async def _steady(count: list[int]) -> int:
    """The count, once it has not changed for a while."""
    last, since = -1, clock.monotonic()

    def unchanged() -> bool:
        nonlocal last, since
        if count[0] != last:
            last, since = count[0], clock.monotonic()
        return count[0] > 0 and clock.monotonic() - since > 0.3

    await eventually(unchanged, 2 * PATIENCE)
    return last


async def test_a_download_of_64_mib_arrives_whole(place: Place) -> None:
    size = 64 * len(PIECE)
    script = [expect(), send(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size), _pour(64, [0])]
    async with place.upstream(script), await place.caller() as caller:
        caller.send(head("GET", place.path(), f"x-request-id: {place.request_id}"))
        assert await _download(caller, size) == _hash(64)
    assert (await place.record(outcome="ok"))["usage"]["bytes_out"] == size


async def test_an_upload_of_64_mib_arrives_whole(place: Place) -> None:
    size, found = 64 * len(PIECE), list[str]()
    async with place.upstream([expect(), _swallow(size, found), send(UPLOADED)]), await place.caller() as caller:
        caller.send(head("PUT", place.path(), f"Content-Length: {size}", f"x-request-id: {place.request_id}"))
        for _ in range(64):
            caller.send(PIECE)
            await asyncio.wait_for(caller.writer.drain(), PATIENCE)
        assert (await caller.answer("PUT")).status == 200
        assert found == [_hash(64)]
    assert (await place.record(outcome="ok"))["usage"]["bytes_in"] == size


async def test_an_upload_in_chunks_arrives_whole(place: Place) -> None:
    found = list[str]()
    async with place.upstream([expect(), _swallow_chunks(found), send(UPLOADED)]), await place.caller() as caller:
        caller.send(head("PUT", place.path(), "Transfer-Encoding: chunked"))
        await place.pass_by()
        for _ in range(16):
            caller.send(b"%x\r\n%b\r\n" % (len(PIECE), PIECE))
            await asyncio.wait_for(caller.writer.drain(), PATIENCE)
        caller.send(b"0\r\n\r\n")
        assert (await caller.answer("PUT")).status == 200
        assert found == [_hash(16)]


async def test_a_caller_that_stops_reading_stops_the_upstream_and_nobody_else(
    place: Place, process: psutil.Process
) -> None:
    size, sent = 200 * len(PIECE), [0]
    script = [expect(), send(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size), _pour(200, sent)]
    before = process.memory_info().rss
    async with place.upstream(script), await place.caller() as caller:
        caller.send(head("GET", place.path()))
        await caller.until(b"\r\n\r\n")
        assert await _steady(sent) < IN_FLIGHT
        assert process.memory_info().rss - before < GROWTH
        await place.pass_by()


async def test_an_upstream_that_stops_reading_stops_the_caller_and_nobody_else(
    place: Place, process: psutil.Process
) -> None:
    size, taken = 200 * len(PIECE), [0]
    before = process.memory_info().rss
    never = asyncio.Event()
    async with place.upstream([expect(), wait(never), hang()]), await place.caller() as caller:
        caller.send(head("PUT", place.path(), f"Content-Length: {size}"))

        async def upload() -> None:
            for _ in range(200):
                caller.send(PIECE)
                await caller.writer.drain()
                taken[0] += len(PIECE)

        uploading = asyncio.create_task(upload())
        try:
            assert await _steady(taken) < IN_FLIGHT
            assert process.memory_info().rss - before < GROWTH
            await place.pass_by()
        finally:
            uploading.cancel()


async def test_a_caller_that_reads_slowly_is_served_to_the_end(place: Place) -> None:
    size = 8 * len(PIECE)
    script = [expect(), send(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size), _pour(8, [0])]
    async with place.upstream(script), await place.caller() as caller:
        caller.send(head("GET", place.path()))
        await caller.until(b"\r\n\r\n")
        digest, left = hashlib.sha256(), size
        while left:
            data = await caller.receive(4096)
            digest.update(data)
            left -= len(data)
        assert digest.hexdigest() == _hash(8)


async def test_a_thousand_requests_at_once_are_all_answered(place: Place) -> None:
    script = [step for _ in range(1000) for step in (expect(), send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"))]
    async with place.upstream(script, repeat=True):
        callers = [await place.caller() for _ in range(200)]
        try:
            for each in callers:
                each.send(head("GET", place.path()) * 5)
            got = [await each.answer() for each in callers for _ in range(5)]
            assert {each.body for each in got} == {b"ok"}
        finally:
            for each in callers:
                each.writer.transport.abort()
