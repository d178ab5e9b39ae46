"""Why a Gemini answer ended, both ways."""

from trigate.llm.reply import Stop

_READ: dict[str, Stop] = {
    "STOP": "end",
    "MAX_TOKENS": "length",
    "SAFETY": "filter",
    "RECITATION": "filter",
    "BLOCKLIST": "filter",
    "PROHIBITED_CONTENT": "filter",
    "SPII": "filter",
    "IMAGE_SAFETY": "filter",
    "IMAGE_PROHIBITED_CONTENT": "filter",
    "IMAGE_RECITATION": "filter",
    "MODEL_ARMOR": "filter",
    "LANGUAGE": "filter",
}
_WRITTEN: dict[Stop, str] = {
    "end": "STOP",
    "tool": "STOP",
    "sequence": "STOP",
    "length": "MAX_TOKENS",
    "context": "MAX_TOKENS",
    "filter": "SAFETY",
    "refusal": "SAFETY",
}


def read_stop(reason: str, *, called: bool) -> Stop:
    """Of `finishReason`; `called` if the answer has calls of functions, of which Gemini says nothing there."""
    stop = _READ.get(reason, "other")
    return "tool" if stop == "end" and called else stop


def write_stop(stop: Stop) -> str:
    """`finishReason`: one of those that Google's clients know."""
    return _WRITTEN.get(stop, "OTHER")
