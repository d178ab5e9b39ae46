"""Token counts as OpenAI's API reports them, split so that no token is counted twice."""

from typing import Any

import msgspec
from msgspec import Struct

from trigate.core.usage import Usage
from trigate.llm.reply import MOST_TOKENS, Tally


class PromptDetails(Struct):
    """`usage.prompt_tokens_details`: parts of `prompt_tokens`."""

    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    audio_tokens: int | None = None


class CompletionDetails(Struct):
    """`usage.completion_tokens_details`: parts of `completion_tokens`."""

    reasoning_tokens: int | None = None
    audio_tokens: int | None = None


class TokenCount(Struct):
    """`usage` of a completion, a chunk or an embedding."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    prompt_tokens_details: PromptDetails | None = None
    completion_tokens_details: CompletionDetails | None = None

    def tally(self) -> Tally | None:
        """The counts split; None if they cannot be true."""
        prompt, completion = self.prompt_tokens or 0, self.completion_tokens or 0
        cached = written = reasoning = 0
        if self.prompt_tokens_details is not None:
            cached = self.prompt_tokens_details.cached_tokens or 0
            written = self.prompt_tokens_details.cache_write_tokens or 0
        if self.completion_tokens_details is not None:
            reasoning = self.completion_tokens_details.reasoning_tokens or 0
        if reasoning and self.total_tokens == prompt + completion + reasoning:
            completion += reasoning  # some servers count reasoning beside the completion, not in it
        if self.prompt_tokens is None or prompt > MOST_TOKENS or completion > MOST_TOKENS:
            return None
        heard, spoken = self.audio()
        tally = Tally(
            input=prompt - cached - written,
            cache_read=cached,
            cache_write=written,
            output=completion - reasoning,
            reasoning=reasoning,
            audio_input=heard,
            audio_output=spoken,
        )
        return tally if tally.sound else None

    def add_to(self, usage: Usage) -> bool:
        """Add the counts to `usage`; False, and nothing added, if they cannot be true."""
        tally = self.tally()
        if tally is None:
            return False
        tally.add_to(usage)
        return True

    def audio(self) -> tuple[int, int]:
        """How much of input and output was audio, as far as the counts tell."""
        prompt, completion = self.prompt_tokens_details, self.completion_tokens_details
        heard = prompt.audio_tokens if prompt is not None else None
        spoken = completion.audio_tokens if completion is not None else None
        return max(heard or 0, 0), max(spoken or 0, 0)


class Report(Struct):
    """What an answer, or one event of it, says of its bill."""

    usage: TokenCount | None = None
    service_tier: Any = None
    """The service that was given, where there are several."""


_decode = msgspec.json.Decoder(Report).decode


def read_report(body: bytes) -> Report | None:
    """What a whole answer says; None if that cannot be read."""
    try:
        return _decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None
