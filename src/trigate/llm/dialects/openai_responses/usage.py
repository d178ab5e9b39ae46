"""Token counts as Responses reports them: what was cached is part of the input, what was thought part of the output."""

from typing import Any

from msgspec import Struct

from trigate.llm.reply import Tally


class _Written(Struct):
    ttl_30m_tokens: int | None = None
    ttl_12h_tokens: int | None = None


class _InputDetails(Struct):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    cache_write_tokens_details: _Written | None = None
    audio_tokens: int | None = None


class _OutputDetails(Struct):
    reasoning_tokens: int | None = None
    audio_tokens: int | None = None


_NO_INPUT, _NO_OUTPUT, _NOTHING = _InputDetails(), _OutputDetails(), _Written()


class TokenCount(Struct):
    """`usage` of a response."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    input_tokens_details: _InputDetails | None = None
    output_tokens_details: _OutputDetails | None = None

    def tally(self, service_tier: str = "") -> Tally | None:
        """The same, split; None if it cannot be true."""
        heard, said = self.input_tokens_details or _NO_INPUT, self.output_tokens_details or _NO_OUTPUT
        read, written, thought = heard.cached_tokens or 0, heard.cache_write_tokens or 0, said.reasoning_tokens or 0
        long = (heard.cache_write_tokens_details or _NOTHING).ttl_12h_tokens or 0
        tally = Tally(
            input=(self.input_tokens or 0) - read - written,
            cache_read=read,
            cache_write=written - long,
            cache_write_long=long,
            output=(self.output_tokens or 0) - thought,
            reasoning=thought,
            audio_input=max(heard.audio_tokens or 0, 0),
            audio_output=max(said.audio_tokens or 0, 0),
            service_tier=service_tier,
        )
        return tally if self.input_tokens is not None and tally.sound else None


def write_usage(tally: Tally) -> dict[str, Any]:
    """The counts for a caller."""
    details: dict[str, Any] = {
        "cached_tokens": tally.cache_read,
        "cache_write_tokens": tally.cache_write + tally.cache_write_long,
    }
    if tally.cache_write_long:
        written = {"ttl_30m_tokens": tally.cache_write, "ttl_12h_tokens": tally.cache_write_long}
        details["cache_write_tokens_details"] = written
    return {
        "input_tokens": tally.prompt,
        "input_tokens_details": details,
        "output_tokens": tally.completion,
        "output_tokens_details": {"reasoning_tokens": tally.reasoning},
        "total_tokens": tally.prompt + tally.completion,
    }
