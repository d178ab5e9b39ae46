"""Speech: billed by characters, passed on as it comes."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from tests.llm.scene import Reply, Scene, settings, streams
from trigate.core.errors import StreamBroken
from trigate.core.parts import Headers
from trigate.llm.extent import MediaBounds
from trigate.llm.operations.openai_speech import OPERATION
from trigate.llm.price_settings import PriceSettings
from trigate.llm.settings import Model

PATH = b"/v1/audio/speech"
ASK: dict[str, Any] = {"model": "voice", "input": "Grüße", "voice": "alloy"}
SOUND: Headers = [(b"content-type", b"audio/mpeg"), (b"content-length", b"6")]
VOICE = settings(
    models={"voice": Model(targets="openai/tts-1", price=PriceSettings(input=Decimal(0), characters=Decimal(15)))}
)
DONE = b'data: {"type":"speech.audio.done","usage":{"input_tokens":3,"output_tokens":9,"total_tokens":12}}\n\n'


async def test_sound_goes_through_as_it_comes():
    scene = await Scene(Reply(200, SOUND, b"abc", b"def"), llm=VOICE).ask(ASK, PATH)
    assert (scene.status, scene.body) == (200, b"abcdef")
    assert scene.headers[b"content-type"] == b"audio/mpeg"
    assert b"content-length" not in scene.headers
    assert (scene.usage.units, scene.usage.cost) == ({"characters": 5}, 75_000)
    assert not scene.usage.estimated


async def test_the_first_piece_is_sent_before_the_second_comes():
    pause = asyncio.Event()
    scene = Scene(Reply(200, SOUND, b"abc", pause, b"def"), llm=VOICE)
    task = asyncio.create_task(scene.ask(ASK, PATH))
    while scene.body != b"abc":
        await asyncio.sleep(0)
    pause.set()
    await task
    assert scene.body == b"abcdef"


async def test_a_cut_sound_is_broken_off_and_billed():
    scene = await Scene(Reply(200, SOUND, b"abc", StreamBroken("gone")), llm=VOICE).ask(ASK, PATH)
    assert scene.edge.aborted
    assert scene.usage.cost == 75_000


async def test_without_a_price_for_characters_it_has_none():
    price = PriceSettings(input=Decimal("0.6"), output=Decimal(12))
    unpriced = settings(models={"voice": Model(targets="openai/m", price=price)})
    assert (await Scene(Reply(200, SOUND, b"abc"), llm=unpriced).ask(ASK, PATH)).usage.unpriced
    events = await Scene(streams(b'data: {"type":"speech.audio.delta","audio":"AA"}\n\n', DONE), llm=unpriced).ask(
        {**ASK, "stream_format": "sse"}, PATH
    )
    assert (events.usage.unpriced, events.usage.output_tokens, events.usage.cost) == (False, 9, 3 * 600 + 9 * 12000)


def test_only_streams_are_counted_in_tokens():
    assert not OPERATION.burden(OPERATION.decode(b'{"model":"m","input":"x"}'), MediaBounds()).is_counted
    events = OPERATION.decode(b'{"model":"m","input":"x","stream_format":"sse"}')
    assert OPERATION.burden(events, MediaBounds()).is_counted


@pytest.mark.parametrize("text", ["", None, 5, ["x"]])
async def test_what_has_no_characters_is_refused(text: object):
    assert (await Scene().ask({**ASK, "input": text}, PATH)).status == 400
