"""What a caller of a service sees, and what is recorded, when the service fails in each phase of an exchange."""

import asyncio
import contextlib
import socket
from typing import Any

import msgspec
import psutil
import pytest

from tests.journeys.caller import Got, head
from tests.journeys.stage import Place, Stage, descriptors, eventually, record, worker
from tests.outbound.chaos import Step, answer, close, expect, hang, reset, send

SPARE_DESCRIPTORS = 4
"""What a worker may have open besides what a test knows of: segments of the spool, the log."""

OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = OK + b"content-length: 10\r\n\r\n"
CHUNKS = OK + b"transfer-encoding: chunked\r\n\r\n"

# What happens at once may happen before or after the gateway has seen the connection.
BEFORE_ITS_HEAD: dict[str, tuple[list[Step], int, str]] = {
    "resets at once": ([reset()], 502, "upstream.failed upstream.unreachable"),
    "closes at once": ([close()], 502, "upstream.failed upstream.unreachable"),
    "resets after the request": ([expect(), reset()], 502, "upstream.failed"),
    "closes after the request": ([expect(), close()], 502, "upstream.failed"),
    "hangs after the request": ([expect(), hang()], 504, "upstream.timeout"),
    "hangs inside the head": ([expect(), send(OK), hang()], 504, "upstream.timeout"),
    "resets inside the head": ([expect(), send(OK), reset()], 502, "upstream.protocol"),
    "closes inside the head": ([expect(), send(OK + b"a: b\r\n"), close()], 502, "upstream.protocol"),
    "closes after 103": ([expect(), send(b"HTTP/1.1 103 Early Hints\r\n\r\n"), close()], 502, "upstream.protocol"),
}

MALFORMED = {
    "no HTTP": b"hello, world\r\n\r\n",
    "an empty line first": b"\r\n" + OK + b"\r\n",
    "a bad status": b"HTTP/1.1 20x OK\r\n\r\n",
    "a status of two digits": b"HTTP/1.1 20 OK\r\n\r\n",
    "a status below 100": b"HTTP/1.1 099 Low\r\n\r\n",
    "another version": b"HTTP/3.0 200 OK\r\n\r\n",
    "RTSP": b"RTSP/1.0 200 OK\r\n\r\n",
    "two lengths": OK + b"content-length: 2\r\ncontent-length: 3\r\n\r\nok",
    "a list of lengths": OK + b"content-length: 2, 3\r\n\r\nok",
    "a negative length": OK + b"content-length: -2\r\n\r\nok",
    "length and chunks": OK + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "an unknown coding": OK + b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunks in HTTP/1.0": b"HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "NUL in a field": OK + b"a: b\0c\r\ncontent-length: 0\r\n\r\n",
    "a bare CR in a field": OK + b"a: b\rc: d\r\ncontent-length: 0\r\n\r\n",
    "a space before the colon": OK + b"content-length : 0\r\n\r\n",
    "a folded field": OK + b"a: b\r\n c\r\ncontent-length: 0\r\n\r\n",
    "an unasked switch": b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    "a field of 1 MiB": OK + b"a: " + b"b" * 2**20 + b"\r\n\r\n",
    "10,000 fields": OK + b"a: b\r\n" * 10_000 + b"content-length: 0\r\n\r\n",
    "1,000 informational heads": b"HTTP/1.1 102 Processing\r\n\r\n" * 1000,
}

WITHIN_ITS_BODY: dict[str, list[Step]] = {
    "resets within the length": [send(LENGTH + b"half"), reset()],
    "closes within the length": [send(LENGTH + b"half"), close()],
    "hangs within the length": [send(LENGTH + b"half"), hang()],
    "resets between chunks": [send(CHUNKS + b"4\r\nhalf\r\n"), reset()],
    "closes between chunks": [send(CHUNKS + b"4\r\nhalf\r\n"), close()],
    "hangs between chunks": [send(CHUNKS + b"4\r\nhalf\r\n"), hang()],
    "sends a chunk size that is none": [send(CHUNKS + b"4\r\nhalf\r\nxyz\r\n")],
    "sends a chunk size beyond all bounds": [send(CHUNKS + b"4\r\nhalf\r\n" + b"F" * 40 + b"\r\n")],
    "sends a chunk longer than it says": [send(CHUNKS + b"4\r\nhalf!\r\n")],
    "sends endless chunk extensions": [send(CHUNKS + b"4\r\nhalf\r\n4;" + b"a" * 200_000)],
    "sends endless trailers": [send(CHUNKS + b"4\r\nhalf\r\n0\r\n" + b"a: b\r\n" * 30_000)],
}


@pytest.fixture
async def process(stage: Stage) -> Any:
    """The worker; after the test it is the same one, and has no more open than before."""
    found = worker(stage.running)
    before = descriptors(found)
    yield found
    await eventually(lambda: descriptors(found) <= before + SPARE_DESCRIPTORS)
    assert worker(stage.running).pid == found.pid


async def _fetch(place: Place, kind: str = "s") -> Got:
    async with await place.caller() as caller:
        caller.send(head("GET", place.path(kind), f"x-request-id: {place.request_id}"))
        return await caller.answer()


def _code(got: Got) -> str:
    assert got.fields["content-type"] == "application/problem+json"
    problem = msgspec.json.decode(got.body)
    assert problem["status"] == got.status
    assert problem["blame"] == "upstream"
    return problem["code"]


@pytest.mark.parametrize("fault", BEFORE_ITS_HEAD)
async def test_a_service_that_fails_before_its_head_is_told_as_such(
    place: Place, process: psutil.Process, fault: str
) -> None:
    script, status, codes = BEFORE_ITS_HEAD[fault]
    async with place.upstream(script, repeat=True) as upstream:
        got = await _fetch(place, "t" if "hangs" in fault else "s")
        code = _code(got)
        assert code in codes.split()
        assert (got.status, got.whole) == (status, True)
        # A connection that ends before it is lent is replaced, once: nothing was said over it.
        assert len(upstream.talks) <= (2 if "at once" in fault else 1)
        await eventually(upstream.talks[0].ended.is_set)
        assert (await place.record(outcome=code))["attempts"] == 1


@pytest.mark.parametrize("fault", MALFORMED)
async def test_an_answer_in_doubt_is_refused_and_its_connection_never_used_again(
    place: Place, process: psutil.Process, fault: str
) -> None:
    async with place.upstream([expect(), send(MALFORMED[fault])], [answer(b"fresh")]) as upstream:
        got = await _fetch(place)
        assert (got.status, _code(got)) == (502, "upstream.protocol")
        await eventually(upstream.talks[0].ended.is_set)
        await place.record(outcome="upstream.protocol", status=0)
        assert (await _fetch(place)).body == b"fresh"
        assert len(upstream.talks) == 2


@pytest.mark.parametrize("fault", WITHIN_ITS_BODY)
async def test_a_service_that_fails_within_its_body_breaks_the_callers_answer_off(
    place: Place, process: psutil.Process, fault: str
) -> None:
    async with place.upstream([expect(), *WITHIN_ITS_BODY[fault]]) as upstream, await place.caller() as caller:
        caller.send(head("GET", place.path("b" if "hangs" in fault else "s"), f"x-request-id: {place.request_id}"))
        raw, was_reset = await caller.closed()
        assert was_reset
        assert not raw.endswith(b"0\r\n\r\n")
        await eventually(upstream.talks[0].ended.is_set)
        code = "upstream.timeout" if "hangs" in fault else "upstream.stream_broken"
        assert (await place.record(outcome=code))["status"] == 200


async def test_bytes_behind_an_answer_cost_the_connection_and_nobodys_answer(
    place: Place, process: psutil.Process
) -> None:
    sneaked = OK + b"content-length: 2\r\n\r\nok" + OK + b"content-length: 5\r\n\r\nwrong"
    async with place.upstream([expect(), send(sneaked)], [answer(b"right")]) as upstream:
        assert (await _fetch(place)).body == b"ok"
        assert (await _fetch(place)).body == b"right"
        assert len(upstream.talks) == 2


async def test_nobody_listens(place: Place, process: psutil.Process) -> None:
    got = await _fetch(place)
    assert (got.status, _code(got)) == (502, "upstream.unreachable")
    await place.record(outcome="upstream.unreachable")


async def test_a_service_that_never_accepts_is_given_up_in_time(place: Place, process: psutil.Process) -> None:
    place.listener.listen(0)
    with contextlib.ExitStack() as fillers:
        for _ in range(4):
            filler = fillers.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(place.listener.getsockname())
        got = await _fetch(place, "c")
        assert (got.status, _code(got)) in {(504, "upstream.timeout"), (502, "upstream.unreachable")}
    await record(place.running, request_id=place.request_id)


async def test_an_answer_of_single_bytes_arrives_whole(place: Place, process: psutil.Process) -> None:
    tiny = b"1\r\nx\r\n" * 20_000
    async with place.upstream([expect(), send(CHUNKS, tiny, b"0\r\n\r\n")]):
        got = await _fetch(place)
        assert (got.body, got.whole) == (b"x" * 20_000, True)


async def test_many_failures_at_once_leave_nothing_behind(place: Place, process: psutil.Process) -> None:
    cut = [expect(), send(LENGTH + b"half"), reset()]
    async with place.upstream(cut, repeat=True) as upstream:
        found = await asyncio.gather(*[_fetch(place) for _ in range(50)])
        assert not [each for each in found if each.whole]
        assert len(upstream.talks) == 50
    await eventually(lambda: sum(each["request_id"] == place.request_id for each in place.running.records()) == 50)
    rss = process.memory_info().rss
    assert rss < 200 * 2**20
