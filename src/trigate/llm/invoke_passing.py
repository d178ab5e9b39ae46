"""A stream of InvokeModel's frames, whose contents nobody looks at, but for what the last one counts."""

import base64
from typing import Any

import msgspec
from msgspec import Struct

from trigate.llm.dialects.bedrock_converse.frame import PRELUDE, frame_length, read_frame
from trigate.llm.reply import Tally


class _Metrics(Struct, rename="camel"):
    input_token_count: int
    output_token_count: int
    cache_read_input_token_count: int = 0
    cache_write_input_token_count: int = 0


class _Chunk(Struct, rename={"data": "bytes"}):
    data: str


class _Last(Struct, rename={"metrics": "amazon-bedrock-invocationMetrics"}):
    metrics: _Metrics


_chunk = msgspec.json.Decoder(_Chunk).decode
_last = msgspec.json.Decoder(_Last).decode


class InvokePassing:
    """A stream of frames whose contents nobody looks at, but for what the last one counts."""

    __slots__ = ("_frame", "_frames", "_limit", "_pending", "last")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pending: bytes = b""
        self._frame: bytes = b""
        self._frames = 0
        self.last: bytes = b""

    @property
    def tally(self) -> Tally | None:
        """What the latest frame counts; None if it counts nothing."""
        try:
            found: Any = _last(base64.b64decode(_chunk(read_frame(self._frame).payload).data)).metrics
        except (msgspec.DecodeError, ValueError, IndexError):
            return None
        tally = Tally(
            input=found.input_token_count,
            output=found.output_token_count,
            cache_read=found.cache_read_input_token_count,
            cache_write=found.cache_write_input_token_count,
        )
        return tally if tally.sound else None

    @property
    def failed(self) -> bool:
        """Whether the latest frame is no event."""
        return bool(self._frame) and read_frame(self._frame).headers.get(":message-type") != "event"

    def feed(self, data: bytes) -> bytes:
        """All frames but the latest, which may be the last; raises UpstreamProtocolError."""
        data = self._pending + data if self._pending else data
        start = 0
        passed: list[bytes] = []
        while len(data) - start >= PRELUDE:
            end = start + frame_length(data, start, self._limit)
            if end > len(data):
                break
            passed.append(self._frame)
            self._frame = data[start:end]
            self._frames += 1
            start = end
        self._pending = data[start:]
        return b"".join(passed)

    def finish(self) -> bytes:
        """The bytes have ended cleanly; `last` stays empty if a frame was torn, or tells of a failure."""
        if self._pending or self.failed:
            return self._frame
        self.last = self._frame
        return b""

    def spoken(self) -> int:
        """Output tokens so far, estimated: one for each frame."""
        return self._frames
