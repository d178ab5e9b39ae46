"""Signatures of tools' calls, for which this dialect has no place: they travel as redacted thoughts beside the call.

Gemini wants back what it signed a call with. Callers of this dialect send every thought back where they found it.
"""

from trigate.llm.conversation import Part, Thought, ToolCall
from trigate.llm.dialects.anthropic_messages.home import JSON, MAKER
from trigate.llm.signature import carry

_MARK = "call~"


def write_tool_signature(identifier: str, signature: str, maker: str) -> JSON:
    """The block that carries the signature of a call."""
    return {"type": "redacted_thinking", "data": carry(f"{_MARK}{identifier}~{signature}", maker, MAKER)}


def attach_tool_signatures(parts: list[Part]) -> list[Part]:
    """Give the calls of an answer their signatures back; the thoughts that carried them go."""
    carried: dict[str, Thought] = {}
    for part in parts:
        if type(part) is Thought and part.redacted and part.signature.startswith(_MARK):
            carried[part.signature[len(_MARK) :].partition("~")[0]] = part
    return _attach(parts, carried) if carried else parts


def _attach(parts: list[Part], carried: dict[str, Thought]) -> list[Part]:
    for part in parts:
        if type(part) is ToolCall and part.id in carried:
            thought = carried[part.id]
            part.signature = thought.signature[len(_MARK) :].partition("~")[2]
            part.maker = thought.maker
    gone = {id(each) for each in carried.values()}
    return [part for part in parts if id(part) not in gone]
