"""Token counts as OpenAI's API reports them, split so that no token is counted twice."""

from typing import Any

import msgspec
from msgspec import Struct

from trigate.core.usage import Usage

MOST_TOKENS = 10**9
"""A count above this is taken for nonsense."""


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

    def add_to(self, usage: Usage) -> bool:
        """Add the counts to `usage`; False, and nothing added, if they cannot be true."""
        prompt, completion = self.prompt_tokens or 0, self.completion_tokens or 0
        cached = written = reasoning = 0
        if self.prompt_tokens_details is not None:
            cached = self.prompt_tokens_details.cached_tokens or 0
            written = self.prompt_tokens_details.cache_write_tokens or 0
        if self.completion_tokens_details is not None:
            reasoning = self.completion_tokens_details.reasoning_tokens or 0
        if reasoning and self.total_tokens == prompt + completion + reasoning:
            completion += reasoning  # some servers count reasoning beside the completion, not in it
        uncached, spoken = prompt - cached - written, completion - reasoning
        if uncached < 0 or cached < 0 or written < 0 or spoken < 0 or reasoning < 0:
            return False
        if self.prompt_tokens is None or prompt > MOST_TOKENS or completion > MOST_TOKENS:
            return False
        usage.input_tokens += uncached
        usage.cache_read_tokens += cached
        usage.cache_write_tokens += written
        usage.output_tokens += spoken
        usage.reasoning_tokens += reasoning
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
