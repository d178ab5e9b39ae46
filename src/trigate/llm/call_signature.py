"""Signatures of tools' calls, for dialects that have no place for them: as redacted thoughts beside the calls.

Gemini wants back what it signed a call with. Callers of these dialects send every thought back where they found it.
"""

from trigate.llm.conversation import Part, Thought, ToolCall

_MARK = "call~"


def tie(identifier: str, signature: str) -> str:
    """The signature of the thought that stands for that of a call."""
    return f"{_MARK}{identifier}~{signature}"


def attach_call_signatures(parts: list[Part]) -> list[Part]:
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
