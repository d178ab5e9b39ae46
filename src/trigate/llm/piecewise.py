"""Bridges over which one ask takes several requests, and their answers are put together."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.chat_dialect import Manners
from trigate.llm.error import NotOffered, NotPortable
from trigate.llm.extent import MediaBounds
from trigate.llm.loss import Losses
from trigate.llm.operation import Ask
from trigate.llm.reply import Tally
from trigate.llm.task_dialect import Heard

MOST_REQUESTS = 2048
"""That one ask may take; as many texts has an ask for embeddings at OpenAI."""
_decode = msgspec.json.Decoder().decode


class PiecewiseBridge(Struct, frozen=True):
    """See llm.bridge.Bridge; a subclass says what the pieces are."""

    def understand(self, ask: Ask) -> Any:
        """What is asked for, read once for all pieces; raises InvalidParameter, NotPortable."""
        raise NotImplementedError

    def requests(self, meant: Any) -> int:
        """How many requests that takes."""
        raise NotImplementedError

    def write_piece(self, meant: Any, manners: Manners, losses: Losses, number: int) -> bytes:
        """The body of one of them, counted from 0."""
        raise NotImplementedError

    def read(self, body: object) -> Heard:
        """Understand the answer to one; raises LookupError, TypeError or ValueError if it is in no known form."""
        raise NotImplementedError

    def tell(self, meant: Any, heard: Sequence[Heard], losses: Losses) -> tuple[bytes, Tally | None]:
        """All answers as one in the caller's dialect; raises UpstreamProtocolError."""
        raise NotImplementedError

    def write(self, ask: Ask, manners: Manners, losses: Losses) -> bytes:
        """The first of them; raises NotPortable if there are too many."""
        meant = self.understand(ask)
        if self.requests(meant) > MOST_REQUESTS:
            raise NotPortable(f"this would take more than {MOST_REQUESTS} requests there: ask for less at once")
        return self.write_piece(meant, manners, losses, 0)

    def hear(self, body: bytes, counted: Tally | None = None) -> Heard:
        """The answer to one, with what its head counts if the body counts nothing; raises UpstreamProtocolError."""
        try:
            heard = self.read(_decode(body))
        except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
            raise UpstreamProtocolError("the provider's answer is in no known form") from None
        return Heard(heard.value, heard.tally or counted)

    def reply(self, ask: Ask, body: bytes, losses: Losses) -> tuple[bytes, Tally | None]:
        """The answer where one request was enough."""
        return self.tell(self.understand(ask), [self.hear(body)], losses)

    def form(self, ask: Ask) -> bytes:
        """The content type of what `tell` gives."""
        return b"application/json"

    def estimate(self, ask: Ask, media: MediaBounds) -> bytes:
        """Nothing that the gateway could answer by itself."""
        raise NotOffered("no provider was asked")


def summed(tallies: Sequence[Tally]) -> Tally:
    """What several answers have counted, together."""
    total = Tally()
    for each in tallies:
        for name in ("input", "cache_read", "output", "reasoning", "image_input", "image_output"):
            setattr(total, name, getattr(total, name) + getattr(each, name))
        for unit, count in (each.units or {}).items():
            total.units = {**(total.units or {}), unit: (total.units or {}).get(unit, 0) + count}
    return total
