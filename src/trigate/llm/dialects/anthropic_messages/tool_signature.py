"""Signatures of tools' calls, for which this dialect has no place, as redacted thoughts beside the calls."""

from trigate.llm.call_signature import tie
from trigate.llm.dialects.anthropic_messages.home import JSON, MAKER
from trigate.llm.signature import carry


def write_tool_signature(identifier: str, signature: str, maker: str) -> JSON:
    """The block that carries the signature of a call."""
    return {"type": "redacted_thinking", "data": carry(tie(identifier, signature), maker, MAKER)}
