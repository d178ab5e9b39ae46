"""An answer that is told in another dialect than it was given in."""

from collections.abc import Sequence

from trigate.llm.chat_dialect import ChatDialect, StreamReader, StreamWriter
from trigate.llm.conversation import Conversation
from trigate.llm.extent import BYTES_PER_TOKEN
from trigate.llm.loss import Losses
from trigate.llm.prelude import listen
from trigate.llm.reply import Begin, Count, Delta, End, Event, Failure, Tally

_SILENCE = b":\n\n"
"""An empty comment, for dialects that say nothing more at the end."""


class StreamTranslation:
    """Fed with what comes from upstream, gives what the caller gets; see `Passing`."""

    __slots__ = ("_reader", "_size", "_writer", "begun", "failed", "failure", "last", "tally")

    def __init__(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._size = 0
        self.tally: Tally | None = None
        self.last = b""
        self.failed = False
        self.begun = False
        self.failure: Failure | None = None

    def feed(self, data: bytes) -> bytes:
        """What is to be said now; raises UpstreamProtocolError."""
        return b"" if self.last else self._tell(self._reader.feed(data))

    def hear(self, data: bytes) -> None:
        """It has been understood already: see `Prelude`."""

    def finish(self) -> bytes:
        """The upstream has ended cleanly: what is still to be said before `last`."""
        return b"" if self.last else self._tell(self._reader.finish())

    def spoken(self) -> int:
        """Output tokens so far, estimated from the texts of what came; at least one if anything did."""
        return -(-self._size // BYTES_PER_TOKEN)

    def _tell(self, events: Sequence[Event]) -> bytes:
        if not self.begun:
            self.begun, self.failure = listen(events)
        for event in events:
            kind = type(event)
            if kind is Delta:
                self._size += len(event.text)  # type: ignore[attr-defined] - its type has just been looked at
            elif kind is End:
                return self._complete(events)
            elif kind is Failure:
                self.failed = True
            elif kind is Count or kind is Begin:
                self._count(event)  # type: ignore[arg-type]
        return self._writer.write(events)

    def _complete(self, events: Sequence[Event]) -> bytes:
        """All of these events go out with the last bytes: after the call has been settled."""
        for event in events:
            if isinstance(event, Count | Begin):
                self._count(event)
        self.last = self._writer.write(events) or _SILENCE
        return b""

    def _count(self, event: Count | Begin) -> None:
        if event.tally is not None:
            self.tally = event.tally


def translate_reply(
    body: bytes, spoken: ChatDialect, wanted: ChatDialect, asked: Conversation, losses: Losses
) -> tuple[bytes, Tally | None, int]:
    """A whole answer in the dialect `wanted`, its usage, and an estimate of its output in case there is none.

    Raises UpstreamProtocolError.
    """
    reply = spoken.read_reply(body)
    said = sum(len(getattr(part, "text", "")) for choice in reply.choices for part in choice.parts)
    reply.extra.pop("usage", None)  # further figures, which no caller of another dialect looks for
    return wanted.write_reply(reply, asked, losses), reply.tally, -(-said // BYTES_PER_TOKEN)
