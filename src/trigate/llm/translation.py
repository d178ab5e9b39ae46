"""An answer that is told in another dialect than it was given in."""

from collections.abc import Sequence

from trigate.llm.chat_dialect import ChatDialect, StreamReader, StreamWriter
from trigate.llm.conversation import Conversation
from trigate.llm.extent import BYTES_PER_TOKEN
from trigate.llm.gist import Gist
from trigate.llm.loss import Losses
from trigate.llm.prelude import listen
from trigate.llm.reply import Begin, Count, Delta, End, Event, Failure, Tally

_SILENCE = b"\n"
"""An empty line, for dialects that say nothing more at the end."""


COMMENTED = frozenset({"openai_chat", "openai_responses", "anthropic_messages", "cohere_chat"})
"""Dialects whose streams may hold comments: Bedrock's have none, and Google's SDKs take one for JSON."""


class StreamTranslation:
    """Fed with what comes from upstream, gives what the caller gets; see `Passing`."""

    __slots__ = ("_gist", "_reader", "_size", "_writer", "begun", "failed", "failure", "last", "tally")

    def __init__(self, reader: StreamReader, writer: StreamWriter, gist: Gist | None = None) -> None:
        """`gist` finds out what is lost."""
        self._reader = reader
        self._writer = writer
        self._gist = gist
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
            if isinstance(event, Delta):
                self._size += len(event.text)
                if event.logprobs is not None and self._gist is not None:
                    self._gist.rate(event.choice, event.logprobs)
            elif isinstance(event, End):
                return self._complete(events)
            else:
                self._note(event)
        return self._writer.write(events)

    def _note(self, event: Event) -> None:
        if isinstance(event, Count | Begin):
            self._count(event)
        elif isinstance(event, Failure):
            self.failed = True
        elif self._gist is not None:
            self._gist.take(event)

    def _complete(self, events: Sequence[Event]) -> bytes:
        """All of these events go out with the last bytes: after the call has been settled."""
        last = self._writer.write(events) or _SILENCE
        self.last = last if self._gist is None else self._gist.finish() + last
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
