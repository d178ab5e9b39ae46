"""The usage that answers tell which are no chats: of images, transcripts, speech, rankings and embeddings."""

from typing import Any

import msgspec
from msgspec import Struct

from trigate.llm.reply import MOST_TOKENS, Tally

MOST_SECONDS = 10**6


class _Details(Struct):
    audio_tokens: int | None = None
    image_tokens: int | None = None


_NO_DETAILS = _Details()


class TaskUsage(Struct):
    """`usage`: tokens in one of three spellings, or the length of a piece of sound."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    prompt_tokens: int | None = None
    total_tokens: int | None = None
    input_token_details: _Details | None = None
    input_tokens_details: _Details | None = None
    """So it is spelt for images, and with one `s` less for sound."""
    output_tokens_details: _Details | None = None
    seconds: float | None = None

    def tally(self) -> Tally | None:
        """The counts; None if there are none, or they cannot be true."""
        if self.seconds is not None:
            sound = 0 <= self.seconds <= MOST_SECONDS
            return Tally(units={"milliseconds": round(self.seconds * 1000)}) if sound else None
        into = next((n for n in (self.input_tokens, self.prompt_tokens, self.total_tokens) if n is not None), None)
        if into is None or into > MOST_TOKENS:
            return None
        details = self.input_tokens_details or self.input_token_details or _NO_DETAILS
        tally = Tally(
            input=into,
            output=self.output_tokens or 0,
            audio_input=min(max(details.audio_tokens or 0, 0), into),
            image_input=min(max(details.image_tokens or 0, 0), into),
            image_output=max((self.output_tokens_details or _NO_DETAILS).image_tokens or 0, 0),
        )
        return tally if tally.sound else None


class _Answer(Struct):
    usage: TaskUsage | None = None
    data: Any = None
    duration: Any = None
    text: Any = None


_decode = msgspec.json.Decoder(_Answer).decode


def read_answer(body: bytes) -> "TaskAnswer":
    """What a whole answer, or one event, tells of its bill."""
    try:
        return TaskAnswer(_decode(body))
    except (msgspec.DecodeError, RecursionError):
        return TaskAnswer(_Answer())


class TaskAnswer:
    """What is looked at of an answer."""

    __slots__ = ("_answer",)

    def __init__(self, answer: _Answer) -> None:
        self._answer = answer

    def tally(self) -> Tally | None:
        """Tokens or seconds; None if it tells neither."""
        usage = self._answer.usage
        return usage.tally() if usage is not None else None

    def pieces(self) -> int:
        """How many things are in `data`."""
        data: Any = self._answer.data
        return len(data) if isinstance(data, list) else 0  # pyright: ignore[reportUnknownArgumentType]

    def duration(self) -> float:
        """Seconds of sound, as `verbose_json` tells them; 0 if it does not."""
        said = self._answer.duration
        try:
            seconds = float(said) if isinstance(said, int | float | str) else 0.0
        except ValueError:
            return 0.0
        return seconds if 0 <= seconds <= MOST_SECONDS else 0.0

    def words(self) -> int:
        """Words of a transcript."""
        text = self._answer.text
        return len(text.split()) if isinstance(text, str) else 0
