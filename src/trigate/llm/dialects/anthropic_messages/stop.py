"""Why an answer ended, in the closed list of words that Anthropic's clients know."""

from trigate.llm.reply import Stop

_READ: dict[str, Stop] = {
    "end_turn": "end",
    "max_tokens": "length",
    "stop_sequence": "sequence",
    "tool_use": "tool",
    "pause_turn": "pause",
    "refusal": "refusal",
    "model_context_window_exceeded": "context",
}
_WRITTEN: dict[Stop, str] = {
    **{stop: written for written, stop in _READ.items()},
    "filter": "refusal",
    "other": "end_turn",
}


def read_stop(written: str) -> Stop:
    """A word that came after this was written is `other`."""
    return _READ.get(written, "other")


def write_stop(stop: Stop, *, calls: bool) -> str:
    """The word for it; `calls`: the answer calls tools, after which clients look for `tool_use`."""
    return "tool_use" if calls and stop in {"end", "other"} else _WRITTEN[stop]
