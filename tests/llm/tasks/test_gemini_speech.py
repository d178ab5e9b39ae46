"""Speech in Gemini's answers."""

from typing import Any

import pytest

from trigate.llm.loss import Losses
from trigate.llm.sound import Sound
from trigate.llm.tasks.gemini_speech import read_reply, write_ask


def reply(kind: str, **usage: Any) -> dict[str, Any]:
    parts = [{"text": "x"}, {"inlineData": {"data": "QQ==", "mimeType": kind}}]
    return {"candidates": [{"content": {"parts": parts}}], "usageMetadata": {"promptTokenCount": 1, **usage}}


@pytest.mark.parametrize(
    ("voice", "named", "lost"), [("Puck", "Puck", []), ("", "Kore", []), ("alloy", "Kore", ["voice"])]
)
def test_a_voice_is_one_of_its_own(voice: str, named: str, lost: list[str]):
    losses = Losses()
    speech = write_ask("Hi", voice, "", losses)["generationConfig"]["speechConfig"]
    assert speech["voiceConfig"]["prebuiltVoiceConfig"]["voiceName"] == named
    assert [each.field for each in losses.found()] == lost


@pytest.mark.parametrize(("kind", "rate"), [("audio/L16;rate=16000", 16_000), ("", 24_000), ("rate=999999", 24_000)])
def test_the_rate_is_read_if_it_can_be_true(kind: str, rate: int):
    assert read_reply(reply(kind)).value == Sound("QQ==", rate)


def test_what_is_spoken_is_counted_as_sound():
    tally = read_reply(reply("", candidatesTokenCount=9)).tally
    assert tally is not None
    assert (tally.output, tally.audio_output) == (9, 9)


def test_no_sound_is_no_answer():
    with pytest.raises(LookupError):
        read_reply({"candidates": []})
