"""What a model said, measured in bytes of text: for estimates where nobody counted its tokens."""

from typing import Any, cast

import msgspec

from trigate.llm.extent import BYTES_PER_TOKEN

_decode = msgspec.json.Decoder().decode
_LABELS = frozenset({"id", "type", "role", "index", "finish_reason"})
"""Members whose texts the model did not write."""


def spoken_tokens(answer: object, member: str) -> int:
    """Tokens in all choices of a completion (`message`) or of an event of one (`delta`).

    Each that says anything has at least one.
    """
    choices: Any = cast("dict[str, Any]", answer).get("choices") if isinstance(answer, dict) else None
    if not isinstance(choices, list):
        return 0
    sizes = [_size(cast("dict[str, Any]", each).get(member)) for each in choices if isinstance(each, dict)]  # pyright: ignore[reportUnknownVariableType]
    return sum(-(-size // BYTES_PER_TOKEN) for size in sizes)


def spoken_in(body: bytes, member: str = "message") -> int:
    """Tokens in a whole completion; none in what is no completion."""
    try:
        return spoken_tokens(_decode(body), member)
    except (msgspec.DecodeError, RecursionError):
        return 0


def _size(value: Any) -> int:
    """Bytes of the texts in a JSON value."""
    if isinstance(value, str):
        return len(value.encode(errors="replace"))
    if isinstance(value, list):
        return sum(map(_size, cast("list[Any]", value)))
    if isinstance(value, dict):
        return sum(_size(each) for name, each in cast("dict[str, Any]", value).items() if name not in _LABELS)
    return 0
