"""Why an answer of Bedrock's ended, both ways."""

from trigate.llm.reply import Stop

_READ: dict[str, Stop] = {
    "end_turn": "end",
    "tool_use": "tool",
    "max_tokens": "length",
    "stop_sequence": "sequence",
    "guardrail_intervened": "filter",
    "content_filtered": "filter",
    "model_context_window_exceeded": "context",
}
_WRITTEN: dict[Stop, str] = {
    "tool": "tool_use",
    "length": "max_tokens",
    "sequence": "stop_sequence",
    "filter": "content_filtered",
    "refusal": "content_filtered",
    "context": "model_context_window_exceeded",
}


def read_stop(reason: str) -> Stop:
    """Of `stopReason`."""
    return _READ.get(reason, "other")


def write_stop(stop: Stop) -> str:
    """`stopReason`: one of those that AWS's clients know."""
    return _WRITTEN.get(stop, "end_turn")
