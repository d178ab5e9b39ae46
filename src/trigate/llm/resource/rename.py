"""An answer of Responses on its way to the caller, whose identifier the gateway exchanges for one of its own."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Raw, Struct

from trigate.core.parts import Data, Head, Part, field
from trigate.core.passing import PassingSink
from trigate.core.stream import Sink
from trigate.llm.event_stream import BORDER, read_event

_ID = re.compile(rb'"id"\s*:\s*"(resp_[A-Za-z0-9_.-]{1,512})"')
_ENDS = frozenset({"response.completed", "response.incomplete"})


class Response(Struct):
    """What is looked at in a response."""

    id: str = ""
    status: str = ""
    output: list[Raw] = []


class _Ending(Struct):
    type: str = ""
    response: Raw = Raw(b"null")


_ending = msgspec.json.Decoder(_Ending).decode
_response = msgspec.json.Decoder(Response).decode


class Renamer:
    """Finds out what a response is called, and puts another name in its place wherever it stands."""

    __slots__ = ("_make", "_names", "_new", "_old", "id")

    def __init__(self, make: Callable[[str], str], names: Mapping[bytes, bytes] | None = None) -> None:
        """`make` gives the new name for the provider's own; `names` are further ones, as JSON."""
        self._make = make
        self._names = dict(names or {})
        self._old = self._new = b""
        self.id = ""
        """The new name; empty before anything was found."""

    def change(self, data: bytes) -> bytes:
        """Bytes of JSON or whole events, with the new name."""
        for old, new in self._names.items():
            data = data.replace(old, new)
        if not self._old:
            found = _ID.search(data)
            if found is None:
                return data
            self.id = self._make(found[1].decode())
            self._old, self._new = b'"%b"' % found[1], b'"%b"' % self.id.encode()
        # Within a text a quote is escaped: only a whole value can look like this.
        return data.replace(self._old, self._new) if data.find(self._old) >= 0 else data


class RenamingSink(PassingSink):
    """The way to the caller; the head of an answer that is no stream waits for its body."""

    __slots__ = ("_change", "_head", "put", "remark")

    def __init__(self, inner: Sink, change: Callable[[bytes], bytes]) -> None:
        super().__init__(inner)
        self._change = change
        self._head: Head | None = None
        put: Callable[[Part], None] | None = getattr(inner, "put", None)
        if put is not None:
            self.put = self._putting(put)
        remark: Callable[[Part], None] | None = getattr(inner, "remark", None)
        if remark is not None:
            self.remark = remark

    def begin(self, head: Head) -> None:
        """Hand on the head of a stream; keep any other."""
        if (field(head.headers, b"content-type") or b"").startswith(b"text/event-stream"):
            self._inner.begin(head)
        else:
            self._head = head

    async def send(self, part: Part) -> None:
        """Hand on with the new name."""
        await self._inner.send(self._changed(part))

    def last(self, part: Part) -> Part:
        """The last part, with the new name, after the head if that has waited."""
        part, head = self._changed(part), self._head
        if head is not None:
            headers = head.headers
            if isinstance(part, Data):
                headers = [each for each in headers if each[0] != b"content-length"]
                headers.append((b"content-length", b"%d" % len(part.payload)))
            self._inner.begin(Head(head.status, headers, head.reason))
        return part

    def _changed(self, part: Part) -> Part:
        return Data(self._change(part.payload)) if type(part) is Data else part

    def _putting(self, put: Callable[[Part], None]) -> Callable[[Part], None]:
        return lambda part: put(self._changed(part))


def read_response(data: bytes, *, streamed: bool) -> tuple[Raw, Response] | None:
    """The whole response at the end of an answer, and what it says; None if there is none that is complete."""
    raw = _last(data) if streamed else data
    try:
        found = _response(raw) if raw is not None else None
    except (msgspec.DecodeError, RecursionError):
        return None
    return (Raw(raw), found) if raw is not None and found is not None and found.id else None


def _last(data: bytes) -> bytes | None:
    for each in BORDER.split(data):
        said = read_event(each)
        if said is None:
            continue
        try:
            ending: Any = _ending(said.data)
        except (msgspec.DecodeError, RecursionError):
            continue
        if ending.type in _ENDS:
            return bytes(ending.response)
    return None
