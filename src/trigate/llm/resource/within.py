"""In which conversation an answer was given, told in the answer."""

import msgspec
from msgspec import Raw

from trigate.llm.event_stream import BORDER, read_event

_RESPONSE = b'"response"'
_members = msgspec.json.Decoder(dict[str, Raw]).decode
_encode = msgspec.json.Encoder().encode


def within(data: bytes, conversation: str) -> bytes:
    """A whole response, or whole events of a stream, with the conversation as a member of the response."""
    told = Raw(_encode({"id": conversation}))
    if data.lstrip()[:1] == b"{":
        return _with(data, told)
    if data.find(_RESPONSE) < 0:
        return data
    start, found = 0, list[bytes]()
    for border in BORDER.finditer(data):
        found.append(_event(data[start : border.end()], told))
        start = border.end()
    return b"".join([*found, _event(data[start:], told)])


def _event(raw: bytes, told: Raw) -> bytes:
    event = read_event(raw) if raw.find(_RESPONSE) >= 0 else None
    if event is None:
        return raw
    try:
        members = _members(event.data)
        response = _with(bytes(members["response"]), told)
    except (msgspec.DecodeError, RecursionError, LookupError):
        return raw
    place = raw.find(event.data)
    if place < 0:
        return raw
    return raw[:place] + _encode({**members, "response": Raw(response)}) + raw[place + len(event.data) :]


def _with(response: bytes, told: Raw) -> bytes:
    try:
        members = _members(response)
    except (msgspec.DecodeError, RecursionError):
        return response
    return _encode({**members, "conversation": told}) if members.get("object") == Raw(b'"response"') else response
