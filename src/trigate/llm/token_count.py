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
    prompt_cache_hit_tokens: Any = None
    """How DeepSeek says `prompt_tokens_details.cached_tokens`."""
    cached_tokens: Any = None
    """How Moonshot does."""
    num_cached_tokens: Any = None
    """How Mistral does."""
    num_search_queries: Any = None
    """Said by Perplexity alone, which counts `reasoning_tokens` beside the completion."""
    reasoning_tokens: Any = None

    def tally(self) -> Tally | None:
        """The counts split; None if they cannot be true."""
        if self.prompt_tokens is None:
            return None
        prompt, completion = self.prompt_tokens, self.completion_tokens or 0
        cached = self.prompt_cache_hit_tokens or self.cached_tokens or self.num_cached_tokens
        cached = _whole(cached) if cached else 0
        written = reasoning = heard = spoken = 0
        details, said = self.prompt_tokens_details, self.completion_tokens_details
        if details is not None:
            cached, written = details.cached_tokens or cached, details.cache_write_tokens or 0
            heard = details.audio_tokens or 0
        if said is not None:
            reasoning, spoken = said.reasoning_tokens or 0, said.audio_tokens or 0
        if reasoning and self.total_tokens == prompt + completion + reasoning:
            completion += reasoning  # some servers count reasoning beside the completion, not in it
        elif not reasoning and self.num_search_queries is not None:
            reasoning = _whole(self.reasoning_tokens)
            completion += reasoning
        uncached, shown = prompt - cached - written, completion - reasoning
        if prompt > MOST_TOKENS or completion > MOST_TOKENS or uncached < 0 or shown < 0:
            return None
        if cached < 0 or written < 0 or reasoning < 0:
            return None
        searches = _whole(self.num_search_queries) if self.num_search_queries else 0
        return Tally(
            input=uncached,
            cache_read=cached,
            cache_write=written,
            output=shown,
            reasoning=reasoning,
            audio_input=heard if heard > 0 else 0,
            audio_output=spoken if spoken > 0 else 0,
            units={"web_searches": searches} if searches else None,
        )

    def add_to(self, usage: Usage) -> bool:
        """Add the counts to `usage`; False, and nothing added, if they cannot be true."""
        tally = self.tally()
        if tally is None:
            return False
        tally.add_to(usage)
        return True


def _whole(value: Any) -> int:
    """A count under a name that not all servers mean the same by; 0 if it is none."""
    return value if type(value) is int else 0


class Extra(Struct):
    """What Groq says of a stream besides; the usage even if nobody asked for it."""

    usage: TokenCount | None = None


class Report(Struct):
    """What an answer, or one event of it, says of its bill."""

    usage: TokenCount | None = None
    x_groq: Extra | None = None
    service_tier: Any = None
    """The service that was given, where there are several."""

    def count(self) -> TokenCount | None:
        """The usage, wherever it is said."""
        if self.usage is None and self.x_groq is not None:
            return self.x_groq.usage
        return self.usage


_decode = msgspec.json.Decoder(Report).decode


def read_report(body: bytes) -> Report | None:
    """What a whole answer says; None if that cannot be read."""
    try:
        return _decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None
