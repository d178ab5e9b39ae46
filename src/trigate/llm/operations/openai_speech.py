"""OpenAI's speech: a text spoken, as sound, or as events with pieces of it."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from trigate.llm.bridge import Crossing
from trigate.llm.error import InvalidParameter
from trigate.llm.extent import MediaBounds
from trigate.llm.operation import Address, Ask, Burden
from trigate.llm.reply import Tally
from trigate.llm.speech_bridge import speech_crossings
from trigate.llm.task_operation import TaskOperation, read_text
from trigate.llm.task_usage import read_answer

KNOWN = frozenset({"input", "instructions", "model", "response_format", "speed", "stream_format", "voice"})
"""Members of the API."""


class OpenAISpeech(TaskOperation, kw_only=True):
    """`POST /v1/audio/speech`."""

    name: str = "openai_speech"
    action: str = "llm.audio.speech"
    path: bytes = b"/v1/audio/speech"
    known: AbstractSet[str] = KNOWN
    unit: str = "characters"
    answers_in_bytes: bool = True

    def decode(self, body: bytes, address: Address | None = None) -> Ask:
        """Understand an ask; raises InvalidParameter where the text cannot be counted."""
        ask = super().decode(body, address)
        ask.streamed = read_text(ask.members, "stream_format") == "sse"
        return ask

    def units(self, ask: Ask) -> dict[str, int] | None:
        """The characters of the text."""
        text = read_text(ask.members, "input")
        if not text:
            raise InvalidParameter("`input` must be the text that is to be spoken", "input")
        return {"characters": len(text)}

    def burden(self, ask: Ask, media: MediaBounds) -> Burden:
        """As long as a piece of sound can be; only streams tell how many tokens it had."""
        return Burden(media.audio, 0, ask.units, is_counted=ask.streamed)

    def read_tally(self, ask: Ask, body: bytes) -> Tally | None:
        """Tokens, if a stream tells them; the characters in any case."""
        tally = (read_answer(body).tally() if body else None) or Tally()
        tally.audio_output = tally.output
        tally.units = ask.units
        return tally

    def crossings(self) -> Iterable[Crossing]:
        """To Gemini's models that speak."""
        return speech_crossings()


OPERATION = OpenAISpeech()
