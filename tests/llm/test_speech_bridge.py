"""Speech that OpenAI's callers ask for, spoken by Gemini's models."""

import base64
import io
import wave
from decimal import Decimal
from typing import Any

import pytest

from tests.llm.scene import Reply, Scene, answers
from trigate.core.settings import Secret
from trigate.llm.price_settings import PriceSettings
from trigate.llm.providers.gemini import Gemini
from trigate.llm.settings import LlmSettings, Model

PATH = b"/v1/audio/speech"
SAMPLES = b"\x01\x00\x02\x00"
PRICE = PriceSettings(input=Decimal(1), output=Decimal(2), audio_output=Decimal(10))
ASK = {"model": "voice", "input": "Hello", "voice": "Puck"}


def llm() -> LlmSettings:
    model = Model(targets="g/gemini-2.5-flash-preview-tts", price=PRICE)
    return LlmSettings(providers={"g": Gemini(api_key=Secret("k"))}, models={"voice": model})


def spoken(data: str = base64.b64encode(SAMPLES).decode(), kind: str = "audio/L16;codec=pcm;rate=16000") -> Reply:
    parts = [{"inlineData": {"mimeType": kind, "data": data}}]
    usage = {"promptTokenCount": 3, "candidatesTokenCount": 20}
    return answers({"candidates": [{"content": {"parts": parts}}], "usageMetadata": usage})


async def ask(reply: Reply, **more: Any) -> Scene:
    return await Scene(reply, llm=llm()).ask({**ASK, **more}, PATH)


async def test_it_comes_as_a_file_that_can_be_played():
    scene = await ask(spoken(), response_format="wav", instructions="Say it cheerfully.")
    assert (scene.status, scene.headers[b"content-type"]) == (200, b"audio/wav")
    with wave.open(io.BytesIO(scene.body)) as played:
        assert (played.getframerate(), played.getnchannels(), played.getsampwidth()) == (16_000, 1, 2)
        assert played.readframes(10) == SAMPLES
    assert scene.upstream["contents"][0]["parts"] == [{"text": "Say it cheerfully: Hello"}]
    voice = scene.upstream["generationConfig"]["speechConfig"]["voiceConfig"]["prebuiltVoiceConfig"]
    assert voice == {"voiceName": "Puck"}
    assert scene.usage.cost == 3 * 1000 + 20 * 10_000
    assert b"x-trigate-loss" not in scene.headers


async def test_it_comes_as_plain_samples_if_they_are_wanted():
    scene = await ask(spoken(), response_format="pcm")
    assert (scene.body, scene.headers[b"content-type"]) == (SAMPLES, b"audio/pcm")


async def test_what_cannot_be_had_is_told():
    scene = await ask(spoken(kind=""), voice="alloy", speed=1.5)
    assert scene.headers[b"x-trigate-loss"] == b"response_format;degraded, speed;dropped, voice;degraded"
    with wave.open(io.BytesIO(scene.body)) as played:
        assert played.getframerate() == 24_000


@pytest.mark.parametrize("more", [{"stream_format": "sse"}, {"voice": {"id": "voice_1"}}])
async def test_what_means_nothing_there_is_refused(more: dict[str, Any]):
    scene = await ask(spoken(), **more)
    assert scene.error["code"] == "request.not_portable"


@pytest.mark.parametrize("reply", [answers({"candidates": []}), answers({}), answers([]), spoken("*")])
async def test_an_answer_without_sound_is_the_providers_fault(reply: Reply):
    scene = await ask(reply)
    assert (scene.status, scene.record["outcome"]) == (502, "upstream.protocol")
