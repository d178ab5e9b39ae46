"""The events of a stream, as far as they are looked into."""

from typing import Any

import msgspec
from msgspec import Raw, Struct

from trigate.llm.dialects.openai_responses.usage import TokenCount

_NOTHING = Raw(b"null")


class Said(Struct):
    """Any event of the stream."""

    type: str = ""
    output_index: int = 0
    content_index: int = 0
    summary_index: int = 0
    delta: Any = None
    logprobs: Any = None
    part: Any = None
    annotation: Any = None
    item: Raw = _NOTHING
    response: Raw = _NOTHING
    message: Any = None
    code: Any = None
    error: Any = None


class Reason(Struct):
    """Why a response is not complete."""

    reason: str | None = None


class WholeResponse(Struct):
    """The response that some events hold."""

    id: str = ""
    model: str = ""
    created_at: float = 0
    status: str | None = None
    output: list[Raw] | None = None
    usage: TokenCount | None = None
    service_tier: Any = None
    incomplete_details: Reason | None = None
    error: Any = None


read_said = msgspec.json.Decoder(Said).decode
read_response = msgspec.json.Decoder(WholeResponse | None).decode
read_object = msgspec.json.Decoder(dict[str, Any] | None).decode
