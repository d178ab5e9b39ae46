"""What callers ask for at an address: how the ask is read, what of it policy needs, and how it is written anew."""

import copy
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from msgspec import Raw, Struct

from trigate.core.usage import Usage
from trigate.llm.beta import read_betas
from trigate.llm.chat_dialects import find_chat_dialect
from trigate.llm.choice import LONGEST_MODEL, listed
from trigate.llm.conversation import Conversation
from trigate.llm.error import InvalidParameter
from trigate.llm.extent import Extent, MediaBounds
from trigate.llm.member import Members, read_value, write_members
from trigate.llm.prompt_made import Made

if TYPE_CHECKING:
    from trigate.llm.goal import Goal
    from trigate.llm.loss import Losses
    from trigate.llm.preference import Preference
    from trigate.llm.requirement import Requirement

JSON_LINES = b"content-type: application/json\r\naccept: application/json\r\n"
"""What providers are told of a body that is JSON."""

_text = msgspec.json.Decoder(str).decode


class Address(Struct, frozen=True):
    """What the head of a request says of an ask."""

    operation: "Operation"
    model: str = ""
    """Where the path names it; empty if the body does."""
    streamed: bool = False
    """Where the path says so."""
    listed: bool = False
    """The stream is to be one JSON list, as Google's API sends it unless asked for events."""
    carried: bytes = JSON_LINES
    """Header field lines for a provider of the same dialect: what the body is, and what the caller says."""
    common: bytes = JSON_LINES
    """Those for any."""
    config: bytes = b""
    """What `x-portkey-config` says."""
    boundary: bytes = b""
    """What parts the fields of a form; empty if the body is JSON."""
    is_json: bool = False
    """The head says that the body is JSON; where it does not, that has still to be judged."""


class Steering(Struct, frozen=True):
    """Where one ask goes, whatever its model says."""

    goals: tuple["Goal", ...] = ()
    """There, and nowhere else; none if the model's targets are meant."""
    others: tuple[str, ...] = ()
    """Models of the caller's choice that are asked when the first has failed."""
    demand: "Requirement | None" = None
    """What the caller demands of every target."""
    leads_on: bool = False
    """Another model is asked if all targets of this one fail: the last of them gives way, too."""
    preference: "Preference | None" = None
    """What the caller prefers of providers."""
    losses: "Losses | None" = None
    """What of the caller's choice nobody here follows."""


class Ask:
    """An ask for a model: its members as sent, and what was understood of them."""

    __slots__ = (
        "_conversation", "_extent", "added", "address", "body", "hides_usage", "members", "model", "most_output",
        "operation", "prompt", "recall", "steering", "stream_options", "streamed", "units",
    )  # fmt: skip

    def __init__(self, address: Address, members: Members, body: bytes) -> None:
        self.address = address
        self.operation = address.operation
        self.members = members
        self.body = body
        """As sent."""
        self.model = address.model or read_model(members)
        """The name the caller asked for."""
        self.streamed = address.streamed
        self.hides_usage = False
        """The caller did not ask for the chunk that tells the usage of a stream."""
        self.stream_options: Raw | None = None
        """What asks the upstream for that chunk; None unless streamed."""
        self.added: Members | None = None
        """What limits put into the body for one attempt."""
        self.most_output: int | None = None
        """Tokens of each answer that limits allow for one attempt."""
        self.units: dict[str, int] | None = None
        """What of it is billed beside tokens, as far as the ask alone tells."""
        self.prompt: Made | None = None
        """What it was made of, if the caller asked for a prompt."""
        self.recall: Any = None
        """What it refers to that was kept before, and what is kept of its answer; None if that is nothing."""
        self.steering: Steering | None = None
        """Where it goes, if not just where its model says."""
        self._conversation: Conversation | None = None
        self._extent: Extent | None = None

    def steered(self, steering: "Steering | None", model: str = "") -> "Ask":
        """The same ask for another call, perhaps for another model."""
        made = copy.copy(self)
        made.steering = steering
        made.added = made.most_output = None
        if model:
            made.model = model
            made._conversation = None
        return made

    @property
    def listed(self) -> bool:
        """The caller wants a stream as one JSON list."""
        return self.address.listed

    @property
    def stream_type(self) -> bytes:
        """The content type of a stream for the caller."""
        return b"application/json" if self.address.listed else self.operation.stream_type

    def extent(self, media: MediaBounds) -> Extent:
        """How much input it is; worked out once."""
        if self._extent is None:
            self._extent = self.operation.extent(self.members, media)
        return self._extent

    def is_cut(self, usage: Usage) -> bool:
        """Whether an answer that used so much may have been cut short by a limit that lowered the ask's own bound."""
        if self.most_output is None:
            return False
        return usage.estimated or usage.output_tokens + usage.reasoning_tokens >= self.most_output

    def extend(self, extent: Extent) -> None:
        """It is so much input, beside what can be seen of it."""
        self._extent = extent

    def say(self, members: Members) -> None:
        """Have it say something else from now on."""
        self.members = members
        self.body = write_members(members)
        self._conversation = None

    def conversation(self) -> Conversation:
        """The chat it asks for, in no provider's language; worked out once. Raises BadRequest."""
        if self._conversation is None:
            value: dict[str, Any] = read_value(self.body)
            dialect = find_chat_dialect(self.operation.dialect)
            self._conversation = dialect.read_ask(value, self.model, streamed=self.streamed)
            if betas := read_betas(self.address.carried):
                self._conversation.betas = betas
            if self.address.listed:
                self._conversation.form["alt"] = "json"
        return self._conversation

    def preferring(self) -> "Ask":
        """The same for a target that routes by itself: with what the caller prefers of providers."""
        if self.steering is None or self.steering.preference is None:
            return self
        made = copy.copy(self)
        made.members = {**self.members, **self.steering.preference.raw}
        return made

    def write(self, model: Raw, *, counts_streams: bool) -> bytes:
        """The body for a target of the same dialect that knows the model as `model` (a JSON string)."""
        members = self.members.copy()
        if not self.address.model:
            members["model"] = model
        if self.stream_options is not None and counts_streams:
            members["stream_options"] = self.stream_options
        if self.added is not None:
            members.update(self.added)
        return write_members(members)


class Bound(Protocol):
    """How much output an ask allows."""

    def most(self, field: str) -> int | None:
        """The most tokens of output, of all answers together, from a provider that obeys the member `field`."""
        ...

    def likely(self, field: str) -> int:
        """What the output will probably be."""
        ...

    def share(self, tokens: int) -> int:
        """Tokens of each answer that keep all together within `tokens`; raises InvalidParameter if that is none."""
        ...

    def lowered(self, members: Members, field: str, tokens: int) -> Members:
        """The members that keep all answers together within `tokens`; a smaller bound of the caller's stays."""
        ...


class Burden(Struct, frozen=True):
    """The most that an ask can use up beside its own tokens."""

    output: int = 0
    """Tokens."""
    likely_output: int = 0
    units: Mapping[str, int] | None = None
    """What is billed beside tokens."""
    is_counted: bool = True
    """Providers that bill it by tokens say how many there were."""


class Operation(Protocol):
    """One kind of ask in one provider's language."""

    name: str
    """By which providers are asked for their path; for a chat it is that of its dialect."""
    action: str
    """What it is for policy, such as `llm.chat`."""
    path: bytes
    """Where callers send it; empty if a pattern of paths is meant."""
    dialect: str
    """The language for chats whose errors its callers understand."""
    is_chat: bool
    """It can be said in another language for chats."""
    answers_at_length: bool
    """Whether answers are counted in output tokens."""
    stream_type: bytes
    """The content type of a stream."""
    remark: bytes
    """What keeps a silent stream alive; empty if nothing can."""
    is_free: bool
    """Nobody is billed for it."""
    unit: str
    """What it may be billed by instead of tokens, one of `price.UNITS`; empty if nothing."""

    def decode(self, body: bytes, address: Address) -> Ask:
        """Understand a body; raises BadRequest."""
        ...

    def extent(self, members: Members, media: MediaBounds) -> Extent:
        """How much input an ask of these members is; raises nothing."""
        ...

    def output_bound(self, members: Members) -> "Bound":
        """How much output an ask of these members allows; raises InvalidParameter."""
        ...


def read_model(members: Members) -> str:
    """The `model` member, else the first that a list of the caller's names; raises InvalidParameter unless it is a
    usable name."""
    raw = members.get("model")
    if raw is None:
        first = next(iter(listed(members)), None)
        if first is None:
            raise InvalidParameter("name a model in the member `model`", "model")
        return first
    return _known_name(bytes(raw)) if len(raw) <= LONGEST_MODEL else _name(bytes(raw))


def _name(raw: bytes) -> str:
    try:
        model = _text(raw)
    except msgspec.DecodeError:
        raise InvalidParameter("`model` must be a text", "model") from None
    if not 0 < len(model) <= LONGEST_MODEL or not model.isprintable():
        raise InvalidParameter("`model` is not the name of a model", "model")
    return model


_known_name = lru_cache(1024)(_name)


def read_flag(members: Members, name: str) -> bool:
    """A member that is true or false; raises InvalidParameter."""
    raw = members.get(name)
    if raw is None:
        return False
    value = _FLAGS.get(bytes(raw))
    if value is None:
        raise InvalidParameter(f"`{name}` must be true or false", name)
    return value


_FLAGS = {b"true": True, b"false": False, b"null": False}
EVENTS = b"text/event-stream; charset=utf-8"
COMMENT = b": keep-alive\n\n"
"""A comment event, which every reader of server-sent events skips (HTML §9.2.5)."""
