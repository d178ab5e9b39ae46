"""Token counts as OpenAI's API reports them, split so that no token is counted twice."""

import msgspec
from msgspec import Struct

from trigate.core.usage import Usage

MOST_TOKENS = 10**9
"""A count above this is taken for nonsense."""
BYTES_PER_TOKEN = 4
"""For estimates only; about right for English text."""


class PromptDetails(Struct):
    """`usage.prompt_tokens_details`: parts of `prompt_tokens`."""

    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class CompletionDetails(Struct):
    """`usage.completion_tokens_details`: parts of `completion_tokens`."""

    reasoning_tokens: int | None = None


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


class _Answer(Struct):
    usage: TokenCount | None = None


_decode = msgspec.json.Decoder(_Answer).decode


def read_count(body: bytes) -> TokenCount | None:
    """The `usage` member of a whole answer; None if it has none that can be read."""
    try:
        return _decode(body).usage
    except (msgspec.DecodeError, RecursionError):
        return None


def estimate(usage: Usage, asked: int, output_tokens: int) -> None:
    """Stand in for an upstream that did not count: `asked` is the size of the ask in bytes."""
    usage.input_tokens += asked // BYTES_PER_TOKEN
    usage.output_tokens += output_tokens
    usage.estimated = True
