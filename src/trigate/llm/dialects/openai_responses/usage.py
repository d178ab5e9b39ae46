"""Token counts as Responses reports them: what was cached is part of the input, what was thought part of the output."""

from collections.abc import Iterable
from typing import Any, cast

import msgspec
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


SEARCH = b'"web_search_call"'


class _Answer(Struct):
    output: Any = None


class _Event(Struct):
    response: _Answer | None = None


_answer = msgspec.json.Decoder(_Answer).decode
_event = msgspec.json.Decoder(_Event).decode
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


def with_searches(tally: Tally | None, data: bytes, *, enclosed: bool) -> Tally | None:
    """The tally with the searches of the web that the answer in `data` tells of; `enclosed` if that is an event."""
    if tally is None or SEARCH not in data:
        return tally
    try:
        answer = (_event(data).response if enclosed else _answer(data)) or _Answer()
    except (msgspec.DecodeError, RecursionError):
        return tally
    return with_items(tally, objects(answer.output))


def with_items(tally: Tally, items: Iterable[dict[str, Any]]) -> Tally:
    """The same, with the items of an answer that is decoded already.

    Of a call of the tool, searching is billed; to open a page, or to look for words in it, is not.
    """
    found = sum(map(_is_search, items))
    if found:
        tally.units = {"web_searches": found}
    return tally


def _is_search(item: dict[str, Any]) -> bool:
    if item.get("type") != "web_search_call":
        return False
    (action,) = objects([item.get("action")]) or [{}]
    return action.get("type", "search") == "search"


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; nothing if it is none."""
    listed = cast("list[Any]", value) if isinstance(value, list) else []
    return [cast("dict[str, Any]", each) for each in listed if isinstance(each, dict)]


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
