"""Words of the dialect that stand for words of the middle form."""

from trigate.llm.reply import Stop

NAME = "cohere_chat"
HOME = "cohere"
"""Whose signatures would travel as they are; Cohere makes none."""

STOPS: dict[str, Stop] = {
    "COMPLETE": "end",
    "STOP_SEQUENCE": "sequence",
    "MAX_TOKENS": "length",
    "TOOL_CALL": "tool",
    "ERROR_TOXIC": "filter",
    "ERROR_LIMIT": "context",
}
"""By `finish_reason`; any other is `other`."""
BROKEN = frozenset({"ERROR", "TIMEOUT"})
"""Reasons that say that there is no answer."""

FINISHES: dict[Stop, str] = {
    "end": "COMPLETE",
    "sequence": "STOP_SEQUENCE",
    "length": "MAX_TOKENS",
    "tool": "TOOL_CALL",
    "context": "MAX_TOKENS",
    "filter": "ERROR",
    "refusal": "COMPLETE",
    "pause": "COMPLETE",
    "other": "COMPLETE",
}
EXACT: frozenset[Stop] = frozenset({"end", "sequence", "length", "tool", "refusal"})
"""Reasons for which the dialect has a word of its own, or needs none."""
