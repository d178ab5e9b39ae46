"""Usage in the dialect's own counting: what is billed, and what the model saw, which is more."""

from typing import Any

import msgspec
from msgspec import Struct

from trigate.llm.reply import Tally


class Tokens(Struct):
    """Numbers of tokens; Cohere writes them as fractions at times."""

    input_tokens: float | None = None
    output_tokens: float | None = None


class Usage(Struct):
    """`usage` of an answer, and of the last event of a stream."""

    billed_units: Tokens | None = None
    tokens: Tokens | None = None
    cached_tokens: float | None = None

    def tally(self) -> Tally | None:
        """What is billed, if that is told; None if it cannot be true."""
        told = self.billed_units if _counts(self.billed_units) else self.tokens
        if told is None or told.input_tokens is None:
            return None
        given, said, cached = int(told.input_tokens), int(told.output_tokens or 0), int(self.cached_tokens or 0)
        cached = min(cached, given)
        tally = Tally(input=given - cached, cache_read=cached, output=said)
        return tally if tally.sound else None


def _counts(units: Tokens | None) -> bool:
    return units is not None and units.input_tokens is not None


class _Answer(Struct):
    usage: Usage | None = None


_decode = msgspec.json.Decoder(_Answer).decode


def read_tally(body: bytes) -> Tally | None:
    """Of a whole answer; None if it tells none, or one that cannot be true."""
    try:
        usage = _decode(body).usage
    except (msgspec.DecodeError, RecursionError):
        return None
    return usage.tally() if usage is not None else None


def write_usage(tally: Tally) -> dict[str, Any]:
    """`usage`."""
    counts = {"input_tokens": tally.prompt, "output_tokens": tally.completion}
    usage: dict[str, Any] = {"billed_units": counts, "tokens": counts}
    if tally.cache_read:
        usage["cached_tokens"] = tally.cache_read
    return usage
