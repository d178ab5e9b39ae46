"""What some clouds put around a dialect that is not theirs: members of the body, and frames around a stream."""

from collections.abc import Callable, Mapping

import msgspec
from msgspec import Raw, Struct

from trigate.llm.beta import read_betas
from trigate.llm.chat_dialect import Passing
from trigate.llm.dialects.bedrock_converse.frame import Frame, FrameReader
from trigate.llm.member import write_members
from trigate.llm.reply import Tally

Tell = Callable[[Frame], bytes]
"""The bytes of the stream that a frame holds."""
_members = msgspec.json.Decoder(dict[str, Raw]).decode


class Casing(Struct, frozen=True, kw_only=True):
    """How a provider wants the body of a dialect, and how it sends the stream."""

    added: Mapping[str, Raw] = {}
    """Members of the body."""
    dropped: frozenset[str] = frozenset()
    """Members that must not stand there."""
    betas: frozenset[str] | None = None
    """Features of Anthropic's API that go into the body as `anthropic_beta`; None if they go in a header field."""
    tell: Tell | None = None
    """Reads the frames of a stream; None if there are none."""

    def body(self, body: bytes, fields: bytes) -> bytes:
        """The body as it is sent, `fields` being the lines of the caller's header fields that go with it."""
        members = _members(body)
        for name in self.dropped:
            members.pop(name, None)
        members.update(self.added)
        if self.betas is not None and (asked := self._betas(fields)):
            members["anthropic_beta"] = Raw(msgspec.json.encode(asked))
        return write_members(members)

    def stream(self, inner: Passing, limit: int) -> Passing:
        """The stream without its frames."""
        return inner if self.tell is None else FramedStream(inner, self.tell, limit)

    def _betas(self, fields: bytes) -> list[str]:
        return [each for each in read_betas(fields) if each in (self.betas or ())]


class FramedStream:
    """A stream whose bytes come in frames of AWS event streams."""

    __slots__ = ("_frames", "_inner", "_tell", "last")

    def __init__(self, inner: Passing, tell: Tell, limit: int) -> None:
        self._inner = inner
        self._tell = tell
        self._frames = FrameReader(limit)
        self.last = b""

    @property
    def tally(self) -> Tally | None:
        """What the provider counted."""
        return self._inner.tally

    @property
    def failed(self) -> bool:
        """Whether the provider's latest words were an error of its own."""
        return self._inner.failed

    def feed(self, data: bytes) -> bytes:
        """What may be passed on now; raises UpstreamProtocolError."""
        told = b"".join([self._tell(frame) for frame in self._frames.feed(data)])
        passed = self._inner.feed(told) if told else b""
        self.last = self._inner.last
        return passed

    def finish(self) -> bytes:
        """The bytes have ended cleanly."""
        passed = self._inner.finish()
        self.last = self._inner.last
        return passed

    def spoken(self) -> int:
        """Output tokens so far, estimated."""
        return self._inner.spoken()


def is_failure(frame: Frame) -> str:
    """The name of the failure that a frame tells of; empty if it tells of none."""
    headers = frame.headers
    return headers.get(":exception-type") or headers.get(":error-code") or ""


def failure_text(frame: Frame) -> str:
    """What a frame says of a failure."""
    try:
        told = msgspec.json.decode(frame.payload, type=dict[str, Raw])
        text = next((told[name] for name in ("message", "Message", "OriginalMessage") if name in told), None)
        return msgspec.json.decode(text, type=str) if text is not None else "the stream failed"
    except msgspec.DecodeError:
        return frame.headers.get(":error-message", "the stream failed")
