"""How long tokens may take."""

import asyncio
from typing import Any

import pytest

from tests.llm.scene import DONE, STOP, WORD, FakeAnswer, Scene, event, streams
from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.errors import UpstreamTimeout
from trigate.core.settings import Duration
from trigate.core.signal import Signal
from trigate.llm.dialects.openai_chat.passing import ChatPassing
from trigate.llm.patience import ModelTimeouts, Patience, TimeoutSettings, as_model_timeouts, phases
from trigate.outbound.answer import Answer
from trigate.outbound.settings import Timeouts

NOW = [1000.0]


class Somebody:
    name = "openai"


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    NOW[0] = 1000.0
    monkeypatch.setattr(clock, "monotonic", lambda: NOW[0])


def watch(**timeouts: Any) -> tuple[Patience, Answer, ChatPassing, Deadlines]:
    answer = Answer(Signal(asyncio.get_running_loop()), False, False, None)
    stream, deadlines = ChatPassing(hides_usage=False, limit=1000), Deadlines()
    made = ModelTimeouts(**{name: Duration(value) for name, value in timeouts.items()})
    return Patience(Somebody(), made, answer, stream, deadlines, NOW[0]), answer, stream, deadlines


def pass_time(deadlines: Deadlines, seconds: float) -> None:
    NOW[0] += seconds
    deadlines.sweep(NOW[0])


async def test_a_first_token_that_does_not_come_ends_the_answer():
    patience, answer, _, deadlines = watch(first_token=5)
    pass_time(deadlines, 4.9)
    assert answer.error is None
    pass_time(deadlines, 0.2)
    assert isinstance(answer.error, UpstreamTimeout)
    assert answer.error.phase == "first_token"
    assert "no token within 5 s" in answer.error.message
    patience.stop()
    assert len(deadlines) == 0


async def test_after_the_first_token_only_silence_between_tokens_ends_it():
    patience, answer, stream, deadlines = watch(first_token=5, between_tokens=10)
    stream.feed(event(WORD))
    patience.hear()
    pass_time(deadlines, 9)
    stream.feed(event(WORD))
    pass_time(deadlines, 2)
    assert answer.error is None
    stream.feed(b": ping\n\n")
    pass_time(deadlines, 11)
    assert isinstance(answer.error, UpstreamTimeout)
    assert answer.error.phase == "between_tokens"


async def test_a_caller_who_does_not_read_is_not_the_models_fault():
    patience, answer, _, deadlines = watch(between_tokens=10)
    patience.hear()
    answer.chunks.append(b"waiting")
    pass_time(deadlines, 11)
    assert answer.error is None


async def test_without_a_limit_nothing_is_watched_for():
    patience, answer, _, deadlines = watch(first_token=5)
    patience.hear()
    pass_time(deadlines, 10_000)
    assert answer.error is None


def test_a_streamed_ask_must_begin_to_be_answered_before_its_first_token():
    usual = ModelTimeouts(first_byte=Duration(5), first_token=Duration(9))
    assert phases(usual, usual) == (None, None)
    usual = ModelTimeouts(first_byte=Duration(60), first_token=Duration(5), total=Duration(90))
    plain, streamed = phases(usual, usual)
    assert plain is None
    assert streamed is not None
    assert (streamed.first_byte, streamed.total) == (5, 90)


def test_a_model_may_have_timeouts_of_its_own():
    usual = ModelTimeouts(first_byte=Duration(60), connect=Duration(3))
    assert TimeoutSettings().within(usual) is usual
    made = TimeoutSettings(first_token=Duration(2), total=Duration(9)).within(usual)
    assert (made.connect, made.first_byte, made.first_token, made.total) == (3, 60, 2, 9)
    plain, streamed = phases(made, usual)
    assert plain is made
    assert streamed is not None
    assert (streamed.first_byte, streamed.total) == (2, 9)


def test_timeouts_of_any_provider_are_those_of_models():
    made = as_model_timeouts(Timeouts(connect=Duration(3)))
    assert (made.connect, made.first_token) == (3, None)


async def test_the_stream_is_watched_only_where_that_is_asked_for():
    scene = await Scene(streams(event(WORD), event(STOP), DONE)).ask({"model": "fast", "messages": [], "stream": True})
    assert scene.status == 200
    assert isinstance(scene.client.answers[0], FakeAnswer)
    assert len(scene.deadlines) == 0
