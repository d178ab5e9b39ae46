"""One chunk of a stream, as far as it is understood; whatever is of no known kind is left as it is."""

from typing import Any

import msgspec
from msgspec import Raw, Struct

from trigate.llm.token_count import Extra, Report, TokenCount


class FunctionPiece(Struct):
    """A piece of a call."""

    name: str | None = None
    arguments: Any = None
    input: str | None = None


class CallPiece(Struct):
    """Tells of one call by its `index`."""

    index: int | None = None
    id: str | None = None
    function: FunctionPiece | None = None
    custom: FunctionPiece | None = None
    extra_content: Any = None


class AudioPiece(Struct):
    """A piece of sound and of what is said in it."""

    id: str | None = None
    data: str | None = None
    transcript: str | None = None


class ChoiceDelta(Struct):
    """What is new of one choice."""

    content: Any = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: Any = None
    reasoning_details: list[Any] | None = None
    tool_calls: list[CallPiece] | None = None
    function_call: FunctionPiece | None = None
    audio: AudioPiece | None = None
    annotations: list[Any] | None = None
    images: list[Any] | None = None


class ChoicePiece(Struct):
    """One choice."""

    index: int | None = None
    delta: ChoiceDelta | None = None
    logprobs: Any = None
    finish_reason: str | None = None
    stop_reason: Any = None
    error: Any = None


class Chunk(Struct):
    """One event."""

    id: str | None = None
    created: float | None = None
    model: str | None = None
    choices: list[ChoicePiece] | None = None
    usage: Raw = Raw()
    x_groq: Raw = Raw()
    service_tier: Any = None
    error: Any = None


decode_chunk = msgspec.json.Decoder(Chunk).decode
_decode_extra = msgspec.json.Decoder(Extra).decode
_decode_usage = msgspec.json.Decoder(TokenCount | None).decode


def read_usage(chunk: Chunk) -> Report | None:
    """What a chunk says of the usage; None if it says nothing, or nothing that makes sense."""
    if not chunk.usage and not chunk.x_groq:
        return None
    try:
        usage = _decode_usage(chunk.usage) if chunk.usage else None
        if usage is None and chunk.x_groq:
            usage = _decode_extra(chunk.x_groq).usage
    except (msgspec.DecodeError, RecursionError):
        return None
    return Report(usage=usage, service_tier=chunk.service_tier) if usage is not None else None
