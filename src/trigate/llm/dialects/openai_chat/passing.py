"""A streamed chat completion on its way: bytes verbatim, cut at event borders, usage read and hidden if not asked for.

Nothing of an event is decoded unless it says `"usage"` with a value or `[DONE]`; that is one or two events of a stream.
"""

import re
from itertools import pairwise

import msgspec
from msgspec import Raw

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.dialects.openai_chat.tally import tally_of
from trigate.llm.event_stream import BORDER, last_border, read_event
from trigate.llm.reply import Tally
from trigate.llm.sample import Sample
from trigate.llm.token_count import Report

DONE = b"data: [DONE]\n\n"

_FINISHED = re.compile(rb"\"finish_reason\"\s*:\s*\"(?!error\")")
_FAILED = re.compile(rb"data:\s*{\s*\"error\"\s*:\s*[^n\s]|\"finish_reason\"\s*:\s*\"error\"")
"""As OpenAI tells of an error, or as OpenRouter does, in a chunk like any other."""
_NO_USAGE = re.compile(rb"\"usage\"\s*:\s*null")


class _Chunk(Report):
    choices: list[Raw] | None = None


_decode = msgspec.json.Decoder(_Chunk).decode


class ChatPassing:
    """Fed with what comes from upstream, gives what the caller gets."""

    __slots__ = ("_hides_usage", "_limit", "_pending", "_sample", "_tail", "_told", "events", "last", "tally")

    def __init__(self, *, hides_usage: bool, limit: int, member: str = "delta") -> None:
        """`member`: where each choice of a chunk says its piece."""
        self._hides_usage = hides_usage
        self._limit = limit
        self._pending = bytearray()
        self._tail = b""
        self._sample = Sample(member)
        self._told = False
        """The usage came, even one that cannot be true."""
        self.tally: Tally | None = None
        """What the upstream counted, once it said so."""
        self.events = 0
        self.last = b""
        """The event that completes the stream, once it came."""

    def feed(self, data: bytes) -> bytes:
        """The complete events now at hand, without the last one; raises UpstreamProtocolError if one is too large."""
        if self._pending or not data.endswith(b"\n\n"):
            data = self._complete(data)
            if not data:
                return data
        block = self._tail = data
        events = self.events = self.events + block.count(b"data:")
        if events >= self._sample.due:
            self._sample.take(events, block)
        # `find` rather than `in`, which in Python 3.11 first tries to take the bytes for a number.
        if block.find(b'"usage"') >= 0 and not _says_null(block):
            return self._inspect(block)
        return self._inspect(block) if block.find(b"[DONE]") >= 0 else block

    def finish(self) -> bytes:
        """The upstream has ended cleanly: what is still to be passed on before `last`.

        `last` stays empty if the stream is not complete: no `[DONE]` came, nor what only a finished stream says.
        """
        block = b""
        if self._pending:
            block = self.feed(b"\n\n")
        if not self.last and (self._told or _FINISHED.search(self._tail)):
            self.last = DONE
        return block if self.last or self.failed else b""

    def spoken(self) -> int:
        """Output tokens so far, estimated from the texts of what came; at least one if anything did."""
        return max(self._sample.tokens(self.events), min(self.events, 1))

    @property
    def failed(self) -> bool:
        """Whether the upstream's latest words were an error of its own."""
        return _FAILED.search(self._tail) is not None

    def _complete(self, data: bytes) -> bytes:
        """Everything up to the last event border; the rest waits. Mostly there is no rest, and no search."""
        pending = self._pending
        if not pending:
            end = last_border(data, 0)
            if end < len(data):
                pending += data[end:]
                self._check()
                data = data[:end]
            return data
        start = max(0, len(pending) - 2)
        pending += data
        end = last_border(pending, start)
        block = bytes(pending[:end])
        del pending[:end]
        self._check()
        return block

    def _check(self) -> None:
        if len(self._pending) > self._limit:
            raise UpstreamProtocolError(f"the provider sent an event of more than {self._limit} bytes")

    def _inspect(self, block: bytes) -> bytes:
        """Look into each event of a block; those from `[DONE]` on are not passed on."""
        visible: list[bytes] = []
        for start, end in pairwise([0, *(border.end() for border in BORDER.finditer(block)), len(block)]):
            event = block[start:end]  # the one after the last border is empty, or a line end too many
            told = read_event(event)
            data = told.data if told is not None else b""
            if data.strip() == b"[DONE]":
                self.last = event
                break
            if not (b'"usage"' in data and self._counts(data) and self._hides_usage):
                visible.append(event)
        return b"".join(visible)

    def _counts(self, data: bytes) -> bool:
        """Take the usage of a chunk, if it has any; True if the chunk has nothing else to say."""
        try:
            chunk = _decode(data)
        except (msgspec.DecodeError, RecursionError):
            return False
        if chunk.count() is None:
            return False
        self._told = True
        self.tally = tally_of(chunk)
        return chunk.choices == []


def _says_null(block: bytes) -> bool:
    """Whether every `"usage"` of the block is null, as in all but the last chunk of OpenAI's own streams."""
    said = block.count(b'"usage"')
    return said == block.count(b'"usage":null') or said == len(_NO_USAGE.findall(block))
