"""Speech asked for in OpenAI's words, and spoken by Gemini's models."""

import base64
from collections.abc import Sequence
from typing import Any, cast

import msgspec

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.chat_dialect import Manners
from trigate.llm.error import InvalidParameter, NotPortable
from trigate.llm.loss import Losses
from trigate.llm.operation import Ask
from trigate.llm.piecewise import PiecewiseBridge
from trigate.llm.reply import Tally
from trigate.llm.sound import Sound, wave
from trigate.llm.task_dialect import Heard, TaskCrossing
from trigate.llm.task_operation import read_text
from trigate.llm.tasks import gemini_speech

_encode = msgspec.json.Encoder().encode


class SpeechBridge(PiecewiseBridge, frozen=True):
    """From OpenAI's callers, who get plain sound: models there encode none."""

    def understand(self, ask: Ask) -> Ask:
        """Its members say it all."""
        return ask

    def requests(self, meant: Ask) -> int:
        """One."""
        return 1

    def write_piece(self, meant: Ask, manners: Manners, losses: Losses, number: int) -> bytes:
        """The text, and who speaks it how; raises NotPortable, InvalidParameter."""
        if meant.streamed:
            raise NotPortable("speech comes as events from providers of OpenAI's API alone: leave out `stream_format`")
        members = meant.members
        if read_text(members, "response_format") not in {"wav", "pcm"}:
            losses.degrade("response_format", "wav")
        if "speed" in members and bytes(members["speed"]) not in {b"1", b"1.0", b"null"}:
            losses.drop("speed")
        text, voice = read_text(members, "input"), _voice(meant)
        return _encode(gemini_speech.write_ask(text, voice, read_text(members, "instructions"), losses))

    def read(self, body: object) -> Heard:
        """The sound."""
        return gemini_speech.read_reply(cast("dict[str, Any]", body))

    def tell(self, meant: Ask, heard: Sequence[Heard], losses: Losses) -> tuple[bytes, Tally | None]:
        """With a head that says how it is to be played, unless that is not wanted; raises UpstreamProtocolError."""
        sound: Sound = heard[0].value
        tally = heard[0].tally or Tally()
        tally.units = meant.units
        try:
            data = base64.b64decode(sound.data, validate=True)
        except ValueError:
            raise UpstreamProtocolError("the provider's sound cannot be read") from None
        return data if read_text(meant.members, "response_format") == "pcm" else wave(data, sound.rate), tally

    def form(self, ask: Ask) -> bytes:
        """Of the sound."""
        return b"audio/pcm" if read_text(ask.members, "response_format") == "pcm" else b"audio/wav"


def _voice(ask: Ask) -> str:
    """A name; OpenAI's callers may also name one by an object, which means nothing elsewhere."""
    try:
        return read_text(ask.members, "voice")
    except InvalidParameter:
        raise NotPortable("`voice` has to be a name: a voice of one's own lies with its provider") from None


def speech_crossings() -> list[TaskCrossing]:
    """To Gemini's models."""
    return [TaskCrossing("gemini_speech", "gemini_content", SpeechBridge())]
