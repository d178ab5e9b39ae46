"""Gemini's `usageMetadata`, both ways: its prompt counts include what the cache gave, its candidates no thoughts."""

from typing import Any

import msgspec
from msgspec import Struct

from trigate.llm.reply import Tally

_TIERS = {"ON_DEMAND": "standard", "ON_DEMAND_FLEX": "flex", "ON_DEMAND_PRIORITY": "priority"}


class _Modality(Struct, rename="camel"):
    modality: str | None = None
    token_count: int | None = None


class UsageMetadata(Struct, rename="camel"):
    """`usageMetadata` of an answer, or of a piece of one."""

    prompt_token_count: int | None = None
    cached_content_token_count: int | None = None
    candidates_token_count: int | None = None
    thoughts_token_count: int | None = None
    tool_use_prompt_token_count: int | None = None
    total_token_count: int | None = None
    prompt_tokens_details: list[_Modality] | None = None
    candidates_tokens_details: list[_Modality] | None = None
    traffic_type: str | None = None

    def tally(self) -> Tally | None:
        """The counts, none twice; None if they cannot be true or say nothing."""
        prompt, cached = self.prompt_token_count, self.cached_content_token_count or 0
        if prompt is None:
            return None
        output, reasoning = self.candidates_token_count or 0, self.thoughts_token_count or 0
        used = self.tool_use_prompt_token_count or 0
        if reasoning and self.total_token_count == prompt + used + output >= reasoning:
            output -= reasoning  # some models count thoughts among the candidates' tokens
        tally = Tally(
            input=prompt - cached + used,
            cache_read=cached,
            output=output,
            reasoning=reasoning,
            audio_input=_count(self.prompt_tokens_details, "AUDIO"),
            audio_output=_count(self.candidates_tokens_details, "AUDIO"),
            image_input=_count(self.prompt_tokens_details, "IMAGE"),
            image_output=_count(self.candidates_tokens_details, "IMAGE"),
            service_tier=_TIERS.get(self.traffic_type or "", ""),
        )
        return tally if tally.sound else None


def _count(details: list[_Modality] | None, modality: str) -> int:
    return sum(max(each.token_count or 0, 0) for each in details or () if each.modality == modality)


class _Answer(Struct, rename="camel"):
    usage_metadata: UsageMetadata | None = None


class _Ground(Struct, rename="camel"):
    web_search_queries: list[str] | None = None


class _Candidate(Struct, rename="camel"):
    grounding_metadata: _Ground | None = None


class _Grounded(Struct, rename="camel"):
    candidates: list[_Candidate] | None = None
    model_version: str | None = None


_decode = msgspec.json.Decoder(_Answer).decode
_grounded = msgspec.json.Decoder(_Grounded).decode
QUERIES = b'"webSearchQueries"'
_BY_ASK = ("gemini-1", "gemini-2")
"""Models of which an ask that was searched for is billed once, however often that was; newer ones by the search.

https://ai.google.dev/gemini-api/docs/google-search"""


def decode_tally(body: bytes | bytearray | memoryview) -> Tally | None:
    """Of a whole answer, or of one event of a stream; None if it says nothing of it, or what cannot be true."""
    try:
        usage = _decode(body).usage_metadata
    except (msgspec.DecodeError, RecursionError):
        return None
    return usage.tally() if usage is not None else None


def with_searches(tally: Tally | None, data: bytes) -> Tally | None:
    """The tally with the searches of the web that an answer, or one event of it, tells of."""
    if tally is None or data.find(QUERIES) < 0:
        return tally
    try:
        answer = _grounded(data)
    except (msgspec.DecodeError, RecursionError):
        return tally
    found = [each.grounding_metadata for each in answer.candidates or ()]
    queries = [each.web_search_queries for each in found if each is not None and each.web_search_queries]
    return count_searches(tally, sum(map(len, queries)), answer.model_version or "")


def count_searches(tally: Tally, queries: int, model: str) -> Tally:
    """The tally with what is billed of so many queries."""
    if queries:
        tally.units = {"web_searches": 1 if model.startswith(_BY_ASK) else queries}
    return tally


def read_tally(usage: Any) -> Tally | None:
    """Of a `usageMetadata` that is decoded already."""
    try:
        return msgspec.convert(usage, UsageMetadata).tally()
    except msgspec.ValidationError:
        return None


def write_tally(tally: Tally) -> dict[str, Any]:
    """`usageMetadata`."""
    usage: dict[str, Any] = {"promptTokenCount": tally.prompt, "candidatesTokenCount": tally.output}
    if tally.cache_read:
        usage["cachedContentTokenCount"] = tally.cache_read
    if tally.reasoning:
        usage["thoughtsTokenCount"] = tally.reasoning
    usage["totalTokenCount"] = tally.prompt + tally.completion
    if tally.audio_input:
        usage["promptTokensDetails"] = _details(tally.prompt, tally.audio_input)
    if tally.audio_output:
        usage["candidatesTokensDetails"] = _details(tally.output, tally.audio_output)
    return usage


def _details(total: int, heard: int) -> list[dict[str, Any]]:
    return [
        {"modality": "TEXT", "tokenCount": max(total - heard, 0)},
        {"modality": "AUDIO", "tokenCount": heard},
    ]
