"""Transcripts: forms in; text, JSON, subtitles and streams out."""

from decimal import Decimal

import pytest

from tests.llm.scene import Reply, Scene, answers, settings, streams
from trigate.core.parts import Headers
from trigate.llm.extent import MediaBounds
from trigate.llm.form import Field, write_form
from trigate.llm.operation import Address
from trigate.llm.operations.openai_transcriptions import TRANSCRIBE
from trigate.llm.price_settings import PriceSettings
from trigate.llm.settings import Model

PATH = b"/v1/audio/transcriptions"
FORM: Headers = [(b"content-type", b"multipart/form-data; boundary=b")]
TEXT: Headers = [(b"content-type", b"text/plain; charset=utf-8")]
SOUND = [Field("model", b"ear"), Field("file", b"RIFF" * 100, "a.wav", b"audio/wav")]
EAR = settings(
    models={"ear": Model(targets="openai/whisper-1", price=PriceSettings(input=Decimal(1), minute=Decimal("0.006")))}
)
SUBTITLES = b"1\n00:00:00,000 --> 00:00:04,000\nHello\n\n2\n00:00:05,000 --> 00:01:30,500\nworld\n"


async def heard(reply: Reply, *more: Field) -> Scene:
    return await Scene(reply, llm=EAR).ask(write_form([*SOUND, *more], b"b"), PATH, headers=FORM)


async def test_seconds_are_billed_as_the_provider_tells_them():
    scene = await heard(answers({"text": "hi", "usage": {"type": "duration", "seconds": 30}}))
    assert (scene.usage.units, scene.usage.cost) == ({"milliseconds": 30_000}, 3_000_000)
    assert not scene.usage.estimated
    scene = await heard(answers({"text": "hi", "duration": 30.0, "segments": []}))
    assert (scene.usage.cost, scene.usage.estimated) == (3_000_000, False)


async def test_tokens_are_billed_where_they_are_counted():
    scene = await heard(answers({"text": "hi", "usage": {"type": "tokens", "input_tokens": 14, "output_tokens": 4}}))
    assert (scene.usage.input_tokens, scene.usage.cost) == (14, 14_000)


@pytest.mark.parametrize(("body", "milliseconds"), [(SUBTITLES, 90_500), (b"one two three four five", 2000), (b"", 0)])
async def test_a_text_is_passed_on_and_estimated(body: bytes, milliseconds: int):
    scene = await heard(Reply(200, TEXT, body, whole=True), Field("response_format", b"srt"))
    assert (scene.body, scene.headers[b"content-type"]) == (body, b"text/plain; charset=utf-8")
    assert (scene.usage.units, scene.usage.estimated) == ({"milliseconds": milliseconds}, True)


async def test_a_stream_is_passed_on():
    delta = b'data: {"type":"transcript.text.delta","delta":"hi"}\n\n'
    done = b'data: {"type":"transcript.text.done","text":"hi","usage":{"input_tokens":14,"output_tokens":4}}\n\n'
    scene = await heard(streams(delta, done), Field("stream", b"true"))
    assert scene.body == delta + done
    assert (scene.usage.input_tokens, scene.usage.output_tokens) == (14, 4)


@pytest.mark.parametrize("headers", [[], [(b"content-type", b"application/json")]])
async def test_json_is_refused(headers: Headers):
    assert (await Scene().ask({"model": "ear"}, PATH, headers=headers)).status == 415


async def test_the_method_is_told_before_the_form():
    assert (await Scene().ask(b"", PATH, b"GET")).status == 405


def test_the_most_is_bounded_by_the_file():
    media = MediaBounds()
    ask = TRANSCRIBE.decode(write_form(SOUND, b"b"), Address(TRANSCRIBE, boundary=b"b"))
    assert TRANSCRIBE.burden(ask, media).units == {"milliseconds": 800}
    assert ask.extent(media).most > media.audio
