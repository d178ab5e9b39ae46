"""What workers note: chosen by id, bounded, handed on however the call ends, and never in the way of it."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from tests.llm.scene import DONE, SSE, WORD, Reply, Scene, answers, event, fails, settings
from tests.llm.test_lane import ASK, COMPLETION
from tests.llm.test_transcript import transcript
from trigate.core.bus import BusClosed
from trigate.core.errors import UpstreamTimeout
from trigate.core.settings import Size
from trigate.llm import body_log
from trigate.llm.body_log import Courier
from trigate.llm.log_settings import LogSettings
from trigate.llm.transcript import SERVICE, Transcript, decode


class Stream:
    def __init__(self, bus: "Bus") -> None:
        self.bus = bus
        self.closed = False

    async def send(self, message: bytes) -> None:
        if self.bus.broken:
            raise BusClosed("gone")
        await asyncio.sleep(0)
        self.bus.got.append(decode(message))

    def close(self) -> None:
        self.closed = True


class Bus:
    """A control process that keeps what it gets."""

    def __init__(self) -> None:
        self.got: list[Transcript] = []
        self.streams: list[Stream] = []
        self.broken = False

    async def open(self, service: str, opening: bytes = b"", owner: str = "") -> Stream:
        assert service == SERVICE
        self.streams.append(Stream(self))
        return self.streams[-1]


async def settled(courier: Courier) -> None:
    while courier._task is not None and not courier._task.done():
        await asyncio.sleep(0)


class Watched(Scene):
    """A scene whose transcripts are seen."""

    def __init__(self, *replies: Reply, log: LogSettings | None = None, **more: Any) -> None:
        super().__init__(*replies, llm=settings(log=log or LogSettings()), **more)
        self.bus = Bus()
        kept: Any = self.lane._log
        self.courier: Courier = kept._courier
        self.courier._bus = self.bus  # type: ignore[assignment]

    async def told(self, body: Any = ASK, path: bytes = b"/v1/chat/completions") -> list[Transcript]:
        await self.ask(body, path)
        await settled(self.courier)
        return self.bus.got


async def test_an_ask_and_its_answer_are_handed_on():
    scene = Watched(answers(COMPLETION))
    (found,) = await scene.told()
    assert (found.ask, found.answer) == (scene.client.sent[0][3].replace(b"gpt-mini", b"fast"), scene.body)
    assert (found.id, found.key, found.model, found.target) == (scene.record["id"], "dev", "fast", "openai/gpt-mini")
    assert (found.status, found.outcome, found.dialect, found.streamed) == (200, "ok", "openai_chat", False)


async def test_a_stream_is_noted_in_passing_and_passes_unchanged():
    stream = [event(WORD), event(WORD), DONE]
    scene = Watched(Reply(200, SSE, *stream))
    (found,) = await scene.told({**ASK, "stream": True, "stream_options": {"include_usage": True}})
    assert found.answer == scene.body == b"".join(stream)
    assert found.streamed


async def test_bodies_are_cut_off_and_their_sizes_told():
    scene = Watched(answers(COMPLETION), log=LogSettings(largest=Size(10)))
    (found,) = await scene.told()
    assert (len(found.ask), len(found.answer)) == (10, 10)
    assert found.answer_size == len(scene.body)
    assert scene.json["id"] == "chatcmpl-1"


async def test_a_failed_attempt_is_kept_with_its_outcome():
    scene = Watched(fails(UpstreamTimeout("slow")))
    (found,) = await scene.told()
    assert (found.outcome, found.answer, found.status) == ("upstream.timeout", b"", 0)


@pytest.mark.parametrize(
    ("chosen", "kept"),
    [
        ({"share": Decimal(0)}, 0),
        ({"share": Decimal(1)}, 1),
        ({"models": ["smart"]}, 0),
        ({"models": ["fa*"]}, 1),
        ({"teams": ["support"]}, 0),
        ({"keys": ["dev"]}, 1),
    ],
)
async def test_only_what_is_chosen_is_kept(chosen: dict[str, Any], kept: int):
    assert len(await Watched(answers(COMPLETION), log=LogSettings(**chosen)).told()) == kept


async def test_a_share_is_about_that_share_and_the_same_for_the_same_id():
    scene = Watched(log=LogSettings(share=Decimal("0.25")))
    tap: Any = scene.lane._log
    bound = tap._bound
    chosen = [body_log.zlib.crc32(f"{number:024x}".encode()) < bound for number in range(4000)]
    assert 800 < sum(chosen) < 1200


async def test_feedback_and_lists_are_not_kept():
    assert await Watched().told({"id": "a", "score": 1}, b"/v1/feedback") == []


async def test_without_the_setting_nothing_stands_in_the_way():
    scene = Scene(answers(COMPLETION))
    assert scene.lane._log is None


async def test_what_cannot_be_handed_on_is_dropped_and_told(capfd: pytest.CaptureFixture[str]):
    bus = Bus()
    bus.broken = True
    courier = Courier(bus)  # type: ignore[arg-type]
    courier.take(transcript(ask=b"canary-secret"))
    await settled(courier)
    bus.broken = False
    courier.take(transcript(id="c2"))
    await settled(courier)
    assert [each.id for each in bus.got] == ["c2"]
    told = capfd.readouterr().err
    assert "could not be kept" in told
    assert "canary" not in told


async def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(body_log, "MOST_WAITING", 10)
    bus = Bus()
    courier = Courier(bus)  # type: ignore[arg-type]
    for number in range(5):
        courier.take(transcript(id=f"c{number}", ask=b"1234", answer=b""))
    await settled(courier)
    assert [each.id for each in bus.got] == ["c0", "c1"]


async def test_what_waits_still_goes_when_the_settings_change():
    bus = Bus()
    courier = Courier(bus)  # type: ignore[arg-type]
    courier.take(transcript())
    courier.drain()
    courier.take(transcript(id="late"))
    await settled(courier)
    assert [each.id for each in bus.got] == ["c1"]
    assert bus.streams[0].closed
