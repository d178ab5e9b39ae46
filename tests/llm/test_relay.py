"""Streamed answers through the spine: order, ends, faults, and what is on the record."""

import asyncio

import msgspec
import pytest

from tests.llm.scene import (
    CHAT,
    DONE,
    JSON,
    KEY,
    STOP,
    USAGE,
    WORD,
    Reply,
    Scene,
    Step,
    answers,
    event,
    fails,
    settings,
    streams,
)
from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.errors import StreamBroken, UpstreamTimeout
from trigate.core.parts import Side
from trigate.core.settings import Size
from trigate.core.verdict import PASS, Content, Verdict
from trigate.policy.guardrail import Guardrail

ASK = {"model": "fast", "messages": [], "stream": True}
BOTH = {**ASK, "model": "smart"}
BREAK = StreamBroken("the provider reset the connection")


def error_at_end(scene: Scene) -> dict[str, object]:
    """The error in the stream's last event."""
    last = scene.body.rsplit(b"data: ", 1)[1]
    assert last.endswith(b"\n\n")
    assert last.count(b"\n") == 2
    return msgspec.json.decode(last)["error"]


async def test_a_stream_passes_and_its_usage_is_asked_for_read_and_hidden():
    scene = await Scene(streams(event(WORD), event(STOP) + event(USAGE), DONE)).ask(ASK)
    assert scene.body == event(WORD) + event(STOP) + DONE
    assert scene.headers[b"content-type"] == b"text/event-stream; charset=utf-8"
    assert b"content-length" not in scene.headers
    assert scene.upstream["stream_options"] == {"include_usage": True}
    assert scene.usage.input_tokens == 3
    assert scene.usage.output_tokens == 2
    assert scene.record["outcome"] == "ok"


async def test_a_caller_who_asks_for_usage_sees_it():
    options = {"include_usage": True, "include_obfuscation": False}
    scene = await Scene(streams(event(WORD) + event(USAGE) + DONE)).ask({**ASK, "stream_options": options})
    assert scene.body == event(WORD) + event(USAGE) + DONE
    assert scene.upstream["stream_options"] == options


@pytest.mark.parametrize("options", [None, {}, {"include_usage": False}, {"include_usage": None}])
async def test_a_caller_who_declines_usage_does_not(options: object):
    scene = await Scene(streams(event(USAGE) + DONE)).ask({**ASK, "stream_options": options})
    assert scene.body == DONE
    assert scene.upstream["stream_options"] == {"include_usage": True}


async def test_a_server_that_refuses_stream_options_is_not_sent_any():
    scene = await Scene(streams(event(STOP), DONE)).ask({**ASK, "model": "other/llama"})
    assert "stream_options" not in scene.upstream
    assert scene.usage.estimated
    assert scene.usage.output_tokens >= 1


async def test_the_last_event_goes_out_after_the_record():
    scene = await Scene(streams(event(WORD) + DONE)).ask(ASK)
    assert scene.edge.recorded_at_end == 1
    assert scene.edge.parts[-1].payload == DONE  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "steps",
    [(event(WORD),), (event(WORD), BREAK), (event(WORD), b"data: {", BREAK), (event(WORD), UpstreamTimeout("silence"))],
    ids=["clean end", "reset", "reset in an event", "silence"],
)
async def test_a_stream_cut_short_never_looks_complete(steps: tuple[Step, ...]):
    scene = await Scene(streams(*steps)).ask(ASK)
    assert scene.body.startswith(event(WORD))
    assert b"[DONE]" not in scene.body
    error = error_at_end(scene)
    assert error["type"] == "server_error"
    assert str(error["code"]).startswith("upstream.")
    assert scene.record["outcome"] == error["code"]
    assert scene.usage.estimated
    assert scene.client.answers[0].closed == 1


@pytest.mark.parametrize("steps", [(), (BREAK,), (b": hi",), (b"data: {", BREAK)])
async def test_a_stream_that_breaks_before_its_first_event_is_tried_elsewhere(steps: tuple[Step, ...]):
    scene = await Scene(streams(*steps), streams(event(STOP), DONE)).ask(BOTH)
    assert scene.body.endswith(event(STOP) + DONE)
    assert scene.status == 200
    assert scene.record["target"] == "other/llama"


async def test_an_error_event_of_the_upstream_is_the_end():
    failure = event(b'{"error":{"message":"boom","type":"server_error"}}')
    scene = await Scene(streams(event(WORD), failure)).ask(ASK)
    assert scene.body == event(WORD) + failure
    assert scene.record["flags"] == ["llm.error_in_stream"]


async def test_an_answer_that_is_not_a_stream_passes_as_it_is():
    completion = {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}
    scene = await Scene(answers(completion)).ask(ASK)
    assert scene.json == completion
    assert scene.headers[b"content-type"] == b"application/json"


async def test_an_answer_larger_than_the_limit_of_events_breaks_off():
    scene = await Scene(streams(event(WORD), b"data: " + b"x" * 2000), llm=settings(max_event=Size(1000))).ask(ASK)
    assert error_at_end(scene)["code"] == "upstream.protocol"


async def test_an_end_that_comes_late_keeps_the_connection_but_never_the_caller(monkeypatch: pytest.MonkeyPatch):
    now = 1000.0
    monkeypatch.setattr(clock, "monotonic", lambda: now)
    scene = Scene(streams(event(WORD) + DONE, asyncio.Event()))
    asking = asyncio.get_running_loop().create_task(scene.ask(ASK))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not scene.edge.finished
    assert len(scene.deadlines) == 2
    scene.deadlines.sweep(now + 0.3)
    await asking
    assert scene.body == event(WORD) + DONE
    assert len(scene.deadlines) == 0


async def test_an_end_that_comes_soon_is_waited_for():
    scene = Scene(streams(event(WORD) + DONE, asyncio.Event()))
    asking = asyncio.get_running_loop().create_task(scene.ask(ASK))
    for _ in range(20):
        await asyncio.sleep(0)
    scene.client.answers[0].steps.clear()
    scene.signal.notify()
    await asking
    assert scene.body == event(WORD) + DONE


async def test_a_caller_who_leaves_mid_stream_pays_for_what_came():
    scene = Scene(streams(event(WORD) * 3, asyncio.Event()))
    asking = asyncio.get_running_loop().create_task(scene.ask(ASK))
    while not scene.body:
        await asyncio.sleep(0)
    scene.edge.leave(asking)
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert scene.record["outcome"] == "caller.left"
    assert scene.usage.output_tokens == 3
    assert scene.usage.estimated
    assert scene.client.answers[0].closed == 1
    assert len(scene.deadlines) == 0


class Patient(Guardrail):
    """Takes its time, and objects to nothing."""

    async def check(self, content: Content, side: Side, call: Call) -> Verdict:
        await asyncio.sleep(0)
        return PASS


@pytest.mark.parametrize("guards", [(), (Patient(),)], ids=["at once", "guarded"])
async def test_many_small_pieces_arrive_as_they_came(guards: tuple[Guardrail, ...]):
    raw = (event(WORD) * 20) + event(STOP) + event(USAGE)
    pieces = [raw[start : start + 50] for start in range(0, len(raw), 50)]
    scene = await Scene(streams(*pieces, DONE), guards=guards).ask(ASK)
    assert scene.body == event(WORD) * 20 + event(STOP) + DONE
    assert scene.usage.output_tokens == 2


async def test_whole_events_go_on_as_the_chunks_they_came_in_and_others_do_not():
    half = event(WORD)
    scene = await Scene(streams(event(WORD), event(WORD), half[:9], half[9:], event(STOP), event(USAGE), DONE)).ask(ASK)
    assert scene.body == event(WORD) * 3 + event(STOP) + DONE
    assert scene.edge.chunks == 2


async def test_an_event_too_large_is_found_in_the_turn_in_which_it_comes():
    large = [b"data: ", b"x" * 600, b"x" * 600, b"x" * 600]
    scene = await Scene(streams(event(WORD), *large, DONE), llm=settings(max_event=Size(1000))).ask(ASK)
    assert error_at_end(scene)["code"] == "upstream.protocol"


async def test_a_slow_caller_stops_the_stream_until_it_reads():
    scene = Scene(streams(event(WORD), event(WORD), event(STOP) + DONE))
    scene.edge.ready = False
    asking = asyncio.get_running_loop().create_task(scene.ask(ASK))
    for _ in range(20):
        await asyncio.sleep(0)
    assert scene.body == event(WORD)
    assert len(scene.client.answers[0].steps) == 2
    scene.edge.ready = True
    scene.signal.notify()
    await asking
    assert scene.body == event(WORD) * 2 + event(STOP) + DONE


async def test_failures_before_the_stream_are_plain_errors():
    scene = await Scene(fails(UpstreamTimeout("nothing came"))).ask(ASK)
    assert scene.status == 504
    assert scene.error["code"] == "upstream.timeout"
    assert scene.headers[b"content-type"] == b"application/json"


async def test_a_broken_plain_answer_has_not_begun_for_the_caller():
    scene = await Scene(Reply(200, JSON, b'{"a":', BREAK)).ask({**ASK, "stream": False}, CHAT)
    assert scene.status == 502
    assert scene.error["type"] == "server_error"


async def test_an_error_event_does_not_quote_the_gateways_own_key():
    failure = event(b'{"error":{"message":"bad key %b","type":"auth"}}' % KEY.encode())
    scene = await Scene(streams(event(WORD), failure)).ask(ASK)
    assert KEY.encode() not in scene.body
    assert "bad key •••" in scene.body.decode()
