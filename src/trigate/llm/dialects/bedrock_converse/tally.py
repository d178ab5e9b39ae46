"""Bedrock's counts of tokens, both ways: its input has neither what the cache gave nor what went into it."""

from typing import Any

import msgspec
from msgspec import Struct

from trigate.llm.reply import Tally


class _CacheDetail(Struct, rename="camel"):
    ttl: str | None = None
    input_tokens: int | None = None


class TokenUsage(Struct, rename="camel"):
    """`usage` of an answer, or of the last event of a stream."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_write_input_tokens: int | None = None
    cache_details: list[_CacheDetail] | None = None

    def tally(self, tier: str) -> Tally | None:
        """The counts, none twice; None if they cannot be true or say nothing."""
        if self.input_tokens is None:
            return None
        written = self.cache_write_input_tokens or 0
        long = sum(each.input_tokens or 0 for each in self.cache_details or () if each.ttl == "1h")
        tally = Tally(
            input=self.input_tokens,
            cache_read=self.cache_read_input_tokens or 0,
            cache_write=written - long,
            cache_write_long=long,
            output=self.output_tokens or 0,
            service_tier=tier,
        )
        return tally if tally.sound else None


class _ServiceTier(Struct):
    type: str | None = None


class _Answer(Struct, rename="camel"):
    usage: TokenUsage | None = None
    service_tier: _ServiceTier | None = None


_decode = msgspec.json.Decoder(_Answer).decode


def decode_tally(body: bytes) -> Tally | None:
    """Of a whole answer, or of the event that ends a stream; None if it says nothing, or what cannot be true."""
    try:
        answer = _decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None
    tier = answer.service_tier.type if answer.service_tier is not None else None
    return answer.usage.tally(tier or "") if answer.usage is not None else None


def write_tally(tally: Tally) -> dict[str, Any]:
    """`usage`."""
    usage: dict[str, Any] = {
        "inputTokens": tally.input,
        "outputTokens": tally.completion,
        "totalTokens": tally.prompt + tally.completion,
    }
    written = tally.cache_write + tally.cache_write_long
    if tally.cache_read or written:
        usage["cacheReadInputTokens"] = tally.cache_read
        usage["cacheWriteInputTokens"] = written
    if tally.cache_write_long:
        usage["cacheDetails"] = [{"ttl": "1h", "inputTokens": tally.cache_write_long}]
        if tally.cache_write:
            usage["cacheDetails"].append({"ttl": "5m", "inputTokens": tally.cache_write})
    return usage
