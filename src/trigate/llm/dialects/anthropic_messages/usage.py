"""Tokens as Anthropic counts them: what is read from the cache and written to it stands beside `input_tokens`."""

from typing import Any

import msgspec
from msgspec import Struct

from trigate.llm.dialects.anthropic_messages.home import JSON
from trigate.llm.reply import Tally

_SUMMED = ("input", "cache_read", "cache_write", "cache_write_long", "output", "reasoning")
_TIERS = {"standard": "standard", "default": "standard", "priority": "priority", "batch": "batch"}


class CacheCreation(Struct):
    """What was written to the cache, by how long it is kept."""

    ephemeral_5m_input_tokens: int | None = None
    ephemeral_1h_input_tokens: int | None = None


class OutputDetails(Struct):
    """Parts of `output_tokens`."""

    thinking_tokens: int | None = None


class Counts(Struct):
    """Tokens of a message, or of one of the model's runs that it took."""

    input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_creation: CacheCreation | None = None
    output_tokens: int | None = None
    output_tokens_details: OutputDetails | None = None

    def split(self) -> Tally:
        """The same with no token counted twice."""
        written = self.cache_creation or CacheCreation()
        longer = written.ephemeral_1h_input_tokens or 0
        total = self.cache_creation_input_tokens
        shorter = (written.ephemeral_5m_input_tokens or 0) if total is None else total - longer
        thought = (self.output_tokens_details.thinking_tokens or 0) if self.output_tokens_details is not None else 0
        return Tally(
            input=self.input_tokens or 0,
            cache_read=self.cache_read_input_tokens or 0,
            cache_write=shorter,
            cache_write_long=longer,
            output=(self.output_tokens or 0) - thought,
            reasoning=thought,
        )


class ServerTools(Struct):
    """What the provider's own tools did."""

    web_search_requests: int | None = None


class Iteration(Counts):
    """One of the model's runs."""

    type: str = ""


class Usage(Counts):
    """`usage` of a message, or of an event: there the counts are those so far."""

    iterations: list[Iteration] | None = None
    service_tier: Any = None
    server_tool_use: ServerTools | None = None

    def tally(self) -> Tally | None:
        """All that is to be paid for; None if it cannot be true, or says nothing.

        What a compaction took is in no other count.
        """
        if self.input_tokens is None and self.output_tokens is None:
            return None
        tally = self.split()
        parts = [tally, *(each.split() for each in self.iterations or () if each.type == "compaction")]
        if not all(each.sound for each in parts):
            return None
        for name in _SUMMED if len(parts) > 1 else ():
            setattr(tally, name, sum(getattr(each, name) for each in parts))
        if self.server_tool_use is not None and self.server_tool_use.web_search_requests:
            tally.units = {"web_searches": self.server_tool_use.web_search_requests}
        tally.service_tier = self.service_tier if type(self.service_tier) is str else ""
        return tally if tally.sound else None


def later(before: Usage | None, after: Usage) -> Usage:
    """What is known after another event: what that does not say stays as it was."""
    if before is None:
        return after
    for name in Usage.__struct_fields__:
        if getattr(after, name) is None:
            setattr(after, name, getattr(before, name))
    return after


def read_usage(value: Any) -> Usage | None:
    """The usage of a message that was decoded already; None if it is none."""
    try:
        return msgspec.convert(value, Usage)
    except msgspec.ValidationError:
        return None


def write_usage(tally: Tally | None) -> JSON:
    """The usage of a message, or of the event that ends one."""
    tally = tally or Tally()
    written: JSON = {
        "input_tokens": tally.input,
        "cache_creation_input_tokens": tally.cache_write + tally.cache_write_long,
        "cache_read_input_tokens": tally.cache_read,
        "output_tokens": tally.completion,
    }
    if tally.reasoning:
        written["output_tokens_details"] = {"thinking_tokens": tally.reasoning}
    return written


def write_message_usage(tally: Tally | None) -> JSON:
    """The usage of a message, with what an event does not say of it."""
    written = write_usage(tally)
    if tally is not None and (tally.cache_write or tally.cache_write_long):
        written["cache_creation"] = {
            "ephemeral_5m_input_tokens": tally.cache_write,
            "ephemeral_1h_input_tokens": tally.cache_write_long,
        }
    if tally is not None and tally.service_tier in _TIERS:
        written["service_tier"] = _TIERS[tally.service_tier]
    return written


class _Message(Struct):
    usage: Usage | None = None


_decode = msgspec.json.Decoder(_Message).decode


def read_tally(body: bytes) -> Tally | None:
    """The usage that a whole answer tells; None if it does not, or that cannot be true."""
    try:
        usage = _decode(body).usage
    except (msgspec.DecodeError, RecursionError):
        return None
    return usage.tally() if usage is not None else None
