"""What one answer of a realtime conversation has used up, as its last event tells."""

from typing import Any

import msgspec
from msgspec import Struct

from trigate.llm.reply import Tally

DONE = b'"response.done"'
BYTES_PER_TOKEN = 3200
"""Of sound on its way: a token is 50 ms (platform.openai.com/docs/guides/realtime-costs), at 24 kHz in 16 bits 2400
bytes, which base64 makes 3200."""


class _Cached(Struct):
    audio_tokens: int = 0


class _Input(Struct):
    cached_tokens: int = 0
    audio_tokens: int = 0
    cached_tokens_details: _Cached | None = None


class _Output(Struct):
    audio_tokens: int = 0


class _Usage(Struct):
    input_tokens: int = 0
    output_tokens: int = 0
    input_token_details: _Input | None = None
    output_token_details: _Output | None = None


class _Response(Struct):
    usage: _Usage | None = None


class _Event(Struct):
    type: Any = ""
    response: _Response | None = None


_event = msgspec.json.Decoder(_Event).decode


def read_done(payload: bytes) -> tuple[bool, Tally | None]:
    """Whether an event ends an answer, and what that counts; None if it does not say, or that cannot be true."""
    if payload.find(DONE) < 0:
        return False, None
    try:
        event = _event(payload)
    except (msgspec.DecodeError, RecursionError):
        return payload.find(b'"type":"response.done"') >= 0, None
    if event.type != "response.done":
        return False, None
    usage = event.response.usage if event.response is not None else None
    if usage is None:
        return True, None
    heard, said = usage.input_token_details or _Input(), usage.output_token_details or _Output()
    cached = heard.cached_tokens
    from_cache = heard.cached_tokens_details.audio_tokens if heard.cached_tokens_details is not None else 0
    tally = Tally(
        input=usage.input_tokens - cached,
        cache_read=cached,
        output=usage.output_tokens,
        audio_input=max(heard.audio_tokens - from_cache, 0),
        audio_output=said.audio_tokens,
    )
    return True, tally if tally.sound else None


class Draft:
    """What has come of answers that have not ended: an estimate of what a broken conversation leaves unpaid."""

    __slots__ = ("_sound", "_words")

    def __init__(self) -> None:
        self._sound = self._words = 0

    def take(self, payload: bytes) -> None:
        """Look at an event that does not end an answer."""
        if payload.find(b'audio.delta"') >= 0:
            self._sound += len(payload)
        elif payload.find(b'.delta"') >= 0:
            self._words += 1

    def clear(self) -> None:
        """What came so far has been counted."""
        self._sound = self._words = 0

    def tally(self) -> Tally | None:
        """The estimate; None if nothing is open. What was asked is not known."""
        sound = -(-self._sound // BYTES_PER_TOKEN)
        if not (sound or self._words):
            return None
        return Tally(output=sound + self._words, audio_output=sound, guessed=True)
