"""Speech as Gemini's models make it, in answers of generateContent."""

import re
from typing import Any

from trigate.llm.dialects.gemini_content.tally import read_tally
from trigate.llm.loss import Losses
from trigate.llm.reply import Tally
from trigate.llm.sound import USUAL_RATE, Sound
from trigate.llm.task_dialect import Heard
from trigate.llm.told import objects_told, told

USUAL = "Kore"
OTHERS = frozenset(
    {
        "alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer",
        "verse",
    }
)  # fmt: skip
"""OpenAI's voices: nobody speaks with them there."""
MOST_RATE = 192_000
_RATE = re.compile(r"rate=(\d{4,6})").search


def write_ask(text: str, voice: str, manner: str, losses: Losses) -> dict[str, Any]:
    """The body; how to speak is said before the text, as these models want it."""
    if voice.lower() in OTHERS:
        losses.degrade("voice", USUAL)
        voice = USUAL
    speech = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": voice or USUAL}}}
    said = f"{manner.rstrip(' :.')}: {text}" if manner else text
    config = {"responseModalities": ["AUDIO"], "speechConfig": speech}
    return {"contents": [{"role": "user", "parts": [{"text": said}]}], "generationConfig": config}


def read_reply(body: dict[str, Any]) -> Heard:
    """The sound, and the tokens; raises LookupError if there is none."""
    parts = [part for each in objects_told(body, "candidates") for part in objects_told(each, "content", "parts")]
    sound = next((told(part, "inlineData") for part in parts if "inlineData" in part), None)
    if sound is None:
        raise LookupError("no sound")
    tally = read_tally(body["usageMetadata"]) if "usageMetadata" in body else None
    if tally is not None and not tally.audio_output:
        tally.audio_output = tally.output
    found = _RATE(str(sound.get("mimeType", "")))
    rate = int(found[1]) if found else USUAL_RATE
    return Heard(Sound(str(sound["data"]), rate if rate <= MOST_RATE else USUAL_RATE), tally or Tally())
