"""Comments while the upstream thinks: when they come, and what they commit to."""

import asyncio
from typing import Any

import pytest

from tests.llm.scene import DONE, STOP, WORD, Scene, answers, event, fails, streams
from tests.patience import PATIENCE
from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.errors import UpstreamTimeout
from trigate.core.parts import Data, Part, Side
from trigate.core.stream import Collector
from trigate.core.verdict import PASS, Content, Verdict
from trigate.llm.keep_alive import KeepAlive
from trigate.policy.guardrail import Guardrail

ASK = {"model": "smart", "messages": [], "stream": True}
COMMENT = b": keep-alive\n\n"


class Time:
    def __init__(self) -> None:
        self.now = 1000.0


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    monkeypatch.setattr(clock, "monotonic", lambda: time.now)
    return time


async def pause(scene: Scene, time: Time, seconds: float) -> None:
    """Let the exchange run as far as it can, then let time pass."""
    for _ in range(20):
        await asyncio.sleep(0)
    time.now += seconds
    scene.deadlines.sweep(time.now)


async def begin(scene: Scene, ask: Any = ASK) -> "asyncio.Task[Scene]":
    return asyncio.get_running_loop().create_task(scene.ask(ask))


async def test_a_thinking_upstream_is_covered_by_comments(time: Time):
    reply = streams(event(WORD), event(STOP) + DONE)
    reply.thinks = asyncio.Event()
    scene = Scene(reply)
    asking = await begin(scene)
    await pause(scene, time, 14)
    assert scene.edge.parts == []
    await pause(scene, time, 1)
    assert scene.body == COMMENT
    assert scene.status == 200
    await pause(scene, time, 15)
    reply.thinks.set()
    await asking
    assert scene.body == COMMENT * 2 + event(WORD) + event(STOP) + DONE
    assert scene.headers[b"content-type"] == b"text/event-stream; charset=utf-8"
    assert scene.record["outcome"] == "ok"
    assert len(scene.deadlines) == 0


async def test_silence_within_a_stream_is_covered_too(time: Time):
    silence = asyncio.Event()
    scene = Scene(streams(event(WORD), silence, event(STOP) + DONE))
    asking = await begin(scene)
    await pause(scene, time, 16)
    silence.set()
    await asking
    assert scene.body == event(WORD) + COMMENT + event(STOP) + DONE


async def test_a_comment_never_splits_an_event(time: Time):
    silence = asyncio.Event()
    scene = Scene(streams(event(WORD) + event(STOP)[:9], silence, event(STOP)[9:] + DONE))
    asking = await begin(scene)
    await pause(scene, time, 16)
    silence.set()
    await asking
    assert scene.body == event(WORD) + COMMENT + event(STOP) + DONE


async def test_after_a_comment_no_other_target_is_tried_and_the_error_stands_in_the_stream(time: Time):
    reply = fails(UpstreamTimeout("the provider took too long"))
    reply.thinks = asyncio.Event()
    scene = Scene(reply, streams(event(WORD), DONE))
    asking = await begin(scene)
    await pause(scene, time, 15)
    reply.thinks.set()
    await asking
    assert scene.body.startswith(COMMENT + b'data: {"error":{"message":"the provider took too long"')
    assert scene.record["attempts"] == 1
    assert scene.record["outcome"] == "upstream.timeout"


async def test_a_refusal_after_a_comment_becomes_an_event(time: Time):
    reply = answers(b'{\n "error": {\n  "message": "a\\nb"}\n}', 429)
    reply.thinks = asyncio.Event()
    scene = Scene(reply)
    asking = await begin(scene)
    await pause(scene, time, 15)
    reply.thinks.set()
    await asking
    assert scene.body == COMMENT + b'data: {"error":{"message":"a\\nb"}}\n\n'


async def test_a_plain_answer_after_a_comment_becomes_an_error_event(time: Time):
    reply = answers({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 900}})
    reply.thinks = asyncio.Event()
    scene = Scene(reply)
    asking = await begin(scene)
    await pause(scene, time, 15)
    reply.thinks.set()
    await asking
    assert b'"code":"upstream.protocol"' in scene.body
    assert scene.usage.output_tokens == 900  # which the provider bills, whoever can use it


async def test_plain_asks_get_no_comments(time: Time):
    reply = answers({"choices": []})
    reply.thinks = asyncio.Event()
    scene = Scene(reply)
    asking = await begin(scene, {**ASK, "stream": False})
    await pause(scene, time, 60)
    assert scene.edge.parts == []
    reply.thinks.set()
    await asking
    assert scene.json == {"choices": []}


async def test_a_caller_who_does_not_read_gets_no_comments(time: Time):
    scene = Scene(streams(event(WORD), asyncio.Event()))
    asking = await begin(scene)
    await pause(scene, time, 0)
    scene.edge.ready = False
    await pause(scene, time, 60)
    assert scene.body == event(WORD)
    scene.edge.leave(asking)
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_a_caller_who_left_gets_no_comments():
    scene = Scene()
    sink = Collector(scene.signal)
    keep_alive = KeepAlive(sink, scene.deadlines, 15, 0)
    sink.left = True
    scene.deadlines.sweep(1)
    assert sink.parts == []
    keep_alive.stop()
    assert len(scene.deadlines) == 0


class Passing(Guardrail):
    """Lets everything pass."""

    async def check(self, content: Content, side: Side, call: Call) -> Verdict:
        return PASS


@pytest.mark.parametrize("guards", [(), (Passing(),)])
async def test_a_comment_that_fills_the_connection_leaves_the_exchange_waiting_for_its_upstream(
    time: Time, monkeypatch: pytest.MonkeyPatch, guards: tuple[Guardrail, ...]
):
    reply = streams(event(WORD), event(STOP) + DONE)
    scene = Scene(reply, guards=guards)
    answered = asyncio.Event()
    send, put = scene.client.send, scene.edge.put

    async def wait_and_send(*args: Any, **more: Any) -> Any:
        while not answered.is_set():
            await scene.signal.wait()
        return await send(*args, **more)

    def fill(part: Part) -> None:
        put(part)
        scene.edge.ready = part != Data(COMMENT)

    monkeypatch.setattr(scene.client, "send", wait_and_send)
    monkeypatch.setattr(scene.edge, "put", fill)
    asking = await begin(scene)
    await pause(scene, time, 15)
    assert (scene.body, scene.edge.ready) == (COMMENT, False)
    scene.edge.ready = True
    answered.set()
    scene.signal.notify()
    async with asyncio.timeout(PATIENCE):
        await asking
    assert scene.body == COMMENT + event(WORD) + event(STOP) + DONE


async def test_a_sink_that_cannot_take_a_part_at_once_gets_no_comments():
    scene = Scene()
    sink = Collector(scene.signal)
    KeepAlive(sink, scene.deadlines, 15, 0)
    scene.deadlines.sweep(1)
    assert sink.parts == []


async def test_an_answer_that_begins_after_a_comment_is_measured_like_any_other(time: Time):
    reply = streams(event(WORD), event(STOP) + DONE, b"")
    reply.thinks = asyncio.Event()
    time.now = 100_000.0  # of a machine that has run for a day
    scene = Scene(reply)
    health = scene.goals("fast")[0].health
    health.measure(0.5, time.now)
    asking = await begin(scene, {**ASK, "model": "fast"})
    await pause(scene, time, 16)
    reply.thinks.set()
    await pause(scene, time, 1)
    scene.signal.notify()
    await pause(scene, time, 0)
    assert asking.done()
    assert scene.body == COMMENT + event(WORD) + event(STOP) + DONE
    assert scene.record["outcome"] == "ok"
    assert health.seconds(time.now - 1) == 16
