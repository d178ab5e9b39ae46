"""OpenAI's transcriptions of sound, and its translations into English; plain, as texts, and streamed."""

import re
from collections.abc import Set as AbstractSet
from typing import Literal

from trigate.llm.extent import Extent, MediaBounds
from trigate.llm.form_ask import FormAsk
from trigate.llm.member import Members
from trigate.llm.operation import Ask, Burden
from trigate.llm.reply import Tally
from trigate.llm.task_operation import TaskOperation
from trigate.llm.task_usage import read_answer

# fmt: off
KNOWN = frozenset({
    "chunking_strategy", "file", "include", "keywords", "known_speaker_names", "known_speaker_references", "language",
    "languages", "model", "prompt", "response_format", "stream", "temperature", "timestamp_granularities",
})
REPEATABLE = frozenset({
    "chunking_strategy", "include", "keywords", "known_speaker_names", "known_speaker_references", "languages",
    "timestamp_granularities",
})
# fmt: on
"""Members of the API."""
TOKENS_PER_SECOND = 32
"""Of sound, where models count much; the setting for a piece of sound is made of it."""
THINNEST = 500
"""Bytes in a second of speech at the lowest rate in use (Opus, RFC 6716 §2.1.1: 6 kbit/s); less is noise."""
WORDS_PER_SECOND = 2.5
"""Of speech; for estimates."""

_STAMP = re.compile(rb"--> *(?:(\d{1,3}):)?(\d\d):(\d\d)[.,](\d{3})")
"""When a line of subtitles ends (WebVTT §4.1; SubRip)."""


class OpenAITranscriptions(TaskOperation, kw_only=True):
    """`POST /v1/audio/transcriptions` and `/v1/audio/translations`."""

    known: AbstractSet[str] = KNOWN
    forms: Literal["never", "always", "also"] = "always"
    repeatable: AbstractSet[str] = REPEATABLE
    streams: bool = True
    unit: str = "milliseconds"

    def extent(self, members: Members, media: MediaBounds) -> Extent:
        """Of the texts, and of one piece of sound."""
        size = sum(map(len, members.values()))
        return Extent(size + media.audio, size // 4 + media.audio // 50)

    def burden(self, ask: Ask, media: MediaBounds) -> Burden:
        """As many tokens as the sound has: speech is heard in more of them than it is written in."""
        seconds = media.audio / TOKENS_PER_SECOND
        if isinstance(ask, FormAsk):
            seconds = min(seconds, ask.size / THINNEST)
        return Burden(media.audio, media.audio // 100, {"milliseconds": round(seconds * 1000)})

    def read_tally(self, ask: Ask, body: bytes) -> Tally | None:
        """Tokens or seconds as the answer tells them, else an estimate by its length."""
        answer = read_answer(body)
        tally = answer.tally()
        if tally is not None:
            return tally
        if seconds := answer.duration():
            return Tally(units={"milliseconds": round(seconds * 1000)})
        seconds = _last_stamp(body) or (answer.words() or len(body.split())) / WORDS_PER_SECOND
        return Tally(units={"milliseconds": round(seconds * 1000)}, guessed=True)


TRANSCRIBE = OpenAITranscriptions(
    name="openai_transcriptions", action="llm.audio.transcriptions", path=b"/v1/audio/transcriptions"
)
TRANSLATE = OpenAITranscriptions(
    name="openai_translations", action="llm.audio.translations", path=b"/v1/audio/translations", streams=False
)


def _last_stamp(body: bytes) -> float:
    """Seconds at which subtitles end, 0 if it has none."""
    stamps = _STAMP.findall(body)
    if not stamps:
        return 0.0
    hours, minutes, seconds, rest = (int(each or 0) for each in stamps[-1])
    return hours * 3600 + minutes * 60 + seconds + rest / 1000
