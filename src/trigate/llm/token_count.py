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
        details = self.prompt_tokens_details
        cached = details.cached_tokens or 0 if details else 0
        written = details.cache_write_tokens or 0 if details else 0
        reasoning = self._reasoning()
        if reasoning and self.total_tokens == prompt + completion + reasoning:
            completion += reasoning  # some servers count reasoning beside the completion, not in it
        split = (prompt - cached - written, cached, written, completion - reasoning, reasoning)
        if self.prompt_tokens is None or min(split) < 0 or max(prompt, completion) > MOST_TOKENS:
            return False
        usage.input_tokens += split[0]
        usage.cache_read_tokens += cached
        usage.cache_write_tokens += written
        usage.output_tokens += split[3]
        usage.reasoning_tokens += reasoning
        return True

    def _reasoning(self) -> int:
        details = self.completion_tokens_details
        return details.reasoning_tokens or 0 if details else 0


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
