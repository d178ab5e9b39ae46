"""What callers ask for beside chats: embeddings, rankings, images, speech. What differs is data, and a few methods."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Literal

import msgspec
from msgspec import Struct

from trigate.llm.bridge import Bridge, Crossing
from trigate.llm.chat_dialect import Passing
from trigate.llm.chat_dialects import find_chat_dialect
from trigate.llm.error import InvalidParameter
from trigate.llm.event_passing import EventPassing
from trigate.llm.extent import Extent, MediaBounds, text_extent
from trigate.llm.form import read_form
from trigate.llm.form_ask import FormAsk, read_form_flag
from trigate.llm.member import Members, read_members
from trigate.llm.operation import COMMENT, EVENTS, Address, Ask, Bound, Burden, read_flag
from trigate.llm.output_bound import read_output_bound
from trigate.llm.reply import Tally

_count = msgspec.json.Decoder(int, strict=False).decode
_text = msgspec.json.Decoder(str).decode
_NO_BOUND = read_output_bound({})


class TaskOperation(Struct, kw_only=True):
    """One address for asks that are no chats."""

    name: str
    action: str
    path: bytes = b""
    dialect: str = "openai_chat"
    known: AbstractSet[str]
    """Members of the API; another spelling of one is refused, any further member is passed on."""
    forms: Literal["never", "always", "also"] = "never"
    """Whether the ask comes as a form."""
    repeatable: AbstractSet[str] = frozenset()
    """Fields of a form that may come more than once."""
    streams: bool = False
    """Whether an answer can be had as a stream."""
    unit: str = ""
    is_free: bool = False
    answers_in_bytes: bool = False
    """An answer may be something else than JSON."""
    counts_in_head: bool = False
    """The usage stands in the head of an answer."""
    is_chat: bool = False
    answers_at_length: bool = False
    stream_type: bytes = EVENTS
    remark: bytes = COMMENT

    def decode(self, body: bytes, address: Address | None = None) -> Ask:
        """Understand an ask; all but what policy needs is the upstream's to judge. Raises BadRequest."""
        address = address or Address(self)
        if address.boundary:
            fields = read_form(body, address.boundary, self.known, self.repeatable)
            ask = FormAsk(address, fields, body)
            ask.streamed = self.streams and read_form_flag(fields, "stream")
        else:
            ask = Ask(address, read_members(body, self.known), body)
            ask.streamed = self.streams and read_flag(ask.members, "stream")
        ask.units = self.units(ask)
        return ask

    def crossings(self) -> Iterable[Crossing]:
        """What else of a provider's leads to the same, the best first."""
        return ()

    def stand_in(self) -> Bridge | None:
        """What answers where a provider turns out not to; None if nothing can."""
        return None

    def units(self, ask: Ask) -> dict[str, int] | None:
        """What is billed beside tokens, as far as the ask tells; raises InvalidParameter."""
        return None

    def burden(self, ask: Ask, media: MediaBounds) -> Burden:
        """The most that it can use up; asked for where there is a `unit`."""
        return Burden(units=ask.units)

    def extent(self, members: Members, media: MediaBounds) -> Extent:
        """Of the texts, or of the tokens, which are written in more bytes than there are of them."""
        return text_extent(members)

    def output_bound(self, members: Members) -> Bound:
        """There is none: the answers are no texts."""
        return _NO_BOUND

    def read_tally(self, ask: Ask, body: bytes) -> Tally | None:
        """The usage that a whole answer tells; None if it does not."""
        return find_chat_dialect(self.dialect).read_tally(body)

    def spoken_in(self, body: bytes) -> int:
        """Tokens that a whole answer has, estimated; none if it is no text."""
        return 0

    def passing(self, ask: Ask, limit: int) -> Passing:
        """For one stream that goes through as it is."""
        return EventPassing(limit, lambda data: self.read_tally(ask, data))


def read_count(members: Members, name: str, default: int, most: int) -> int:
    """A member that counts something, also one of a form, where it is a text; raises InvalidParameter."""
    raw = members.get(name)
    if raw is None or bytes(raw) == b"null":
        return default
    try:
        count = _count(raw)
    except msgspec.DecodeError:
        count = 0
    if not 0 < count <= most:
        raise InvalidParameter(f"`{name}` must be a whole number from 1 to {most}", name)
    return count


def read_text(members: Members, name: str) -> str:
    """A member that is a text, empty if it is not there; raises InvalidParameter."""
    raw = members.get(name)
    if raw is None or bytes(raw) == b"null":
        return ""
    try:
        return _text(raw)
    except msgspec.DecodeError:
        raise InvalidParameter(f"`{name}` must be a text", name) from None
