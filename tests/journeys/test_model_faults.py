"""What a caller of a model sees, plain and streamed, and what is recorded, when the provider fails in each phase."""

import asyncio
from typing import Any

import msgspec
import psutil
import pytest

from tests.journeys.caller import Caller, Got, head
from tests.journeys.stage import Place, Stage, chat, descriptors, eventually, worker
from tests.journeys.test_upstream_faults import BEFORE_ITS_HEAD, MALFORMED, SPARE_DESCRIPTORS
from tests.outbound.chaos import Step, answer, close, expect, hang, reset, send

JSON = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
EVENTS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
CHUNKED = b"transfer-encoding: chunked\r\n\r\n"
DONE = b"data: [DONE]\n\n"


def _event(text: str, finish: str | None = None, **more: Any) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return b"data: " + msgspec.json.encode({"id": "c", "choices": [choice], **more}) + b"\n\n"


def _chunk(*events: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in events)


COMPLETION = msgspec.json.encode(
    {
        "id": "c",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    }
)
BEGINNING = EVENTS + CHUNKED + _chunk(_event("he"), _event("llo"))

BROKEN_BODIES = {
    "resets": [send(JSON + b"content-length: 100\r\n\r\n{"), reset()],
    "closes": [send(JSON + b"content-length: 100\r\n\r\n{"), close()],
    "hangs": [send(JSON + b"content-length: 100\r\n\r\n{"), hang()],
    "breaks a chunk": [send(JSON + CHUNKED + b'4\r\n{"a"\r\nxyz\r\n')],
}
BROKEN_STREAMS = {
    "resets": ([reset()], "upstream.stream_broken"),
    "closes": ([close()], "upstream.stream_broken"),
    "hangs": ([hang()], "upstream.timeout"),
    "breaks a chunk": ([send(b"xyz\r\n")], "upstream.stream_broken"),
    "breaks off within an event": ([send(b'8\r\ndata: {"\r\n'), reset()], "upstream.stream_broken"),
    "ends without the last event": ([send(b"0\r\n\r\n")], "upstream.stream_broken"),
    "ends within an event": ([send(b'8\r\ndata: {"\r\n0\r\n\r\n')], "upstream.stream_broken"),
    "sends an event without an end": ([send(*[b"40000\r\n" + b"x" * 0x40000 + b"\r\n"] * 6)], "upstream.protocol"),
}


@pytest.fixture
async def process(stage: Stage) -> Any:
    """The worker; after the test it is the same one, and has no more open than before."""
    found = worker(stage.running)
    before = descriptors(found)
    yield found
    await eventually(lambda: descriptors(found) <= before + SPARE_DESCRIPTORS)
    assert worker(stage.running).pid == found.pid


def _ask(caller: Caller, place: Place, *, stream: bool, provider: str = "s", **more: Any) -> None:
    body = chat(f"{provider}{place.number}/m", stream=stream, **more)
    fields = (f"Content-Length: {len(body)}", "Content-Type: application/json", f"x-request-id: {place.request_id}")
    caller.send(head("POST", "/v1/chat/completions", *fields) + body)


async def _chat(place: Place, *, stream: bool, provider: str = "s", **more: Any) -> Got:
    async with await place.caller() as caller:
        _ask(caller, place, stream=stream, provider=provider, **more)
        return await caller.answer("POST")


def _error(data: bytes) -> dict[str, Any]:
    error = msgspec.json.decode(data)["error"]
    assert set(error) >= {"message", "type", "code"}
    return error


def _events(got: Got) -> list[bytes]:
    return [each.removeprefix(b"data: ") for each in got.body.split(b"\n\n") if each.startswith(b"data:")]


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize("fault", BEFORE_ITS_HEAD)
async def test_a_provider_that_fails_before_its_head(
    place: Place, process: psutil.Process, fault: str, stream: bool
) -> None:
    script, status, codes = BEFORE_ITS_HEAD[fault]
    async with place.upstream(script, repeat=True) as upstream:
        got = await _chat(place, stream=stream, provider="t" if "hangs" in fault else "s")
        code = _error(got.body)["code"]
        assert code in codes.split()
        assert (got.status, got.whole) == (status, True)
        # A connection that ends before it is lent is replaced, once: nothing was said over it.
        assert len(upstream.talks) <= (2 if "at once" in fault else 1)
        await eventually(upstream.talks[0].ended.is_set)
        await place.record(outcome=code)


@pytest.mark.parametrize("fault", ["no HTTP", "two lengths", "length and chunks", "NUL in a field", "10,000 fields"])
async def test_an_answer_in_doubt_is_never_passed_on(place: Place, process: psutil.Process, fault: str) -> None:
    async with place.upstream([expect(), send(MALFORMED[fault])]) as upstream:
        got = await _chat(place, stream=True)
        assert (got.status, _error(got.body)["code"]) == (502, "upstream.protocol")
        await eventually(upstream.talks[0].ended.is_set)
        await place.record(outcome="upstream.protocol")


@pytest.mark.parametrize("fault", BROKEN_BODIES)
async def test_a_completion_that_breaks_off_is_an_error_never_half_an_answer(
    place: Place, process: psutil.Process, fault: str
) -> None:
    async with place.upstream([expect(), *BROKEN_BODIES[fault]]) as upstream:
        got = await _chat(place, stream=False, provider="b" if fault == "hangs" else "s")
        assert got.status == (504 if fault == "hangs" else 502)
        code = _error(got.body)["code"]
        await eventually(upstream.talks[0].ended.is_set)
        await place.record(outcome=code)


@pytest.mark.parametrize("fault", BROKEN_STREAMS)
async def test_a_stream_that_breaks_off_ends_with_an_error_and_never_with_done(
    place: Place, process: psutil.Process, fault: str
) -> None:
    script, code = BROKEN_STREAMS[fault]
    async with place.upstream([expect(), send(BEGINNING), *script]) as upstream:
        got = await _chat(place, stream=True, provider="b" if fault == "hangs" else "s")
        events = _events(got)
        assert got.status == 200
        assert [each for each in events if b"delta" in each] == [_event("he")[6:-2], _event("llo")[6:-2]]
        assert _error(events[-1])["code"] == code
        assert b"[DONE]" not in got.body
        if not fault.startswith("ends"):  # the bytes were in order there, and the connection may be used again
            await eventually(upstream.talks[0].ended.is_set)
        recorded = await place.record(outcome=code)
        assert recorded["usage"]["estimated"]


@pytest.mark.parametrize("end", [reset, close])
async def test_a_complete_stream_is_a_success_however_the_connection_ends(
    place: Place, process: psutil.Process, end: Any
) -> None:
    async with place.upstream([expect(), send(BEGINNING + _chunk(_event("", "stop"), DONE)), end()]):
        got = await _chat(place, stream=True)
        assert got.whole
        assert got.body.endswith(DONE)
        await place.record(outcome="ok")


@pytest.mark.parametrize("border", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
async def test_events_arrive_the_same_wherever_they_are_cut(
    place: Place, process: psutil.Process, border: bytes
) -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    last = b"data: " + msgspec.json.encode({"id": "c", "choices": [], "usage": usage}) + b"\n\n"
    whole = b"".join([b": a comment\n\n", _event("h\u00e9"), _event("llo", "stop"), last, DONE]).replace(b"\n", border)
    cuts = range(1, len(whole), 7)
    script = list[Step]()
    for cut in cuts:
        script += [expect(b"}]"), send(EVENTS + CHUNKED, _chunk(whole[:cut]), _chunk(whole[cut:]) + b"0\r\n\r\n")]
    async with place.upstream(script):
        found = set[bytes]()
        for _ in cuts:
            got = await _chat(place, stream=True, provider="s")
            assert got.whole
            found.add(got.body)
        assert found == {whole.replace(last.replace(b"\n", border), b"")}
    recorded = await place.record(outcome="ok")
    assert recorded["usage"]["output_tokens"] == 2


@pytest.mark.parametrize(
    "body",
    [
        b"not JSON",
        b"[]",
        b"{}",
        b'{"usage": null}',
        b'{"usage": {"prompt_tokens": -5, "completion_tokens": -1}}',
        b'{"usage": {"prompt_tokens": 1e400, "completion_tokens": 99999999999999999999999999}}',
        b'{"usage": {"prompt_tokens": "3", "completion_tokens": [2]}}',
        b'{"usage": {"prompt_tokens": 9, "prompt_tokens": 3, "completion_tokens": NaN}}',
        b"[" * 100_000,
        b"",
    ],
)
async def test_whatever_a_provider_says_it_used_nothing_is_counted_below_zero(
    place: Place, process: psutil.Process, body: bytes
) -> None:
    async with place.upstream([expect(b"}]"), send(JSON + b"content-length: %d\r\n\r\n" % len(body) + body)]):
        got = await _chat(place, stream=False)
        assert got.status in (200, 502)
        assert got.body == body or got.status == 502
    usage = (await place.record())["usage"]
    assert all(not isinstance(value, int) or value >= 0 for value in usage.values())
    assert all(not isinstance(value, int) or value < 2**53 for value in usage.values())


async def test_a_provider_that_takes_no_more_calls_is_quoted(place: Place, process: psutil.Process) -> None:
    said = b'{"error": {"message": "slow down", "type": "rate_limit", "code": "rate_limit_exceeded"}}'
    script = [answer(said, b"429 Too Many Requests", b"retry-after: 3", b"content-type: application/json")]
    async with place.upstream(script):
        got = await _chat(place, stream=True)
        assert (got.status, got.body, got.fields["retry-after"]) == (429, said, "3")
    assert (await place.record())["status"] == 429


async def test_a_provider_that_refuses_the_gateways_key_says_nothing_of_it_to_the_caller(
    place: Place, process: psutil.Process
) -> None:
    async with place.upstream([answer(b'{"error": "bad key provider-key-canary-4711"}', b"401 Unauthorized")]):
        got = await _chat(place, stream=False)
        assert got.status == 502
        assert b"canary" not in got.body
    await place.record(outcome="upstream.refused")


async def test_many_broken_streams_leave_nothing_behind(place: Place, process: psutil.Process) -> None:
    async with place.upstream([expect(), send(BEGINNING), reset()], repeat=True) as upstream:
        found = await asyncio.gather(*[_chat(place, stream=True) for _ in range(50)])
        assert {_error(_events(each)[-1])["code"] for each in found} == {"upstream.stream_broken"}
        assert len(upstream.talks) == 50
