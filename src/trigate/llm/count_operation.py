"""Counting the tokens of an ask before it is made: by the provider where it can, else estimated; never billed."""

from collections.abc import Iterator

import msgspec
from msgspec import Raw, Struct

from trigate.llm.bridge import Bridge, Crossing
from trigate.llm.chat_dialect import Manners
from trigate.llm.chat_dialects import find_chat_dialect
from trigate.llm.chat_operation import ChatOperation
from trigate.llm.conversation import Conversation
from trigate.llm.counter import COUNTERS, Counter
from trigate.llm.extent import Extent, MediaBounds
from trigate.llm.loss import Losses
from trigate.llm.member import Members, read_members, write_members
from trigate.llm.operation import Address, Ask
from trigate.llm.reply import Tally
from trigate.llm.task_operation import TaskOperation

_encode = msgspec.json.Encoder().encode


class CountAsk(Ask):
    """An ask whose tokens are to be counted."""

    __slots__ = ("_counter",)

    def __init__(self, address: Address, members: Members, body: bytes, counter: Counter) -> None:
        super().__init__(address, members, body)
        self._counter = counter

    def conversation(self) -> Conversation:
        """The chat that would be asked for; raises InvalidParameter."""
        if self._conversation is None:
            dialect = find_chat_dialect(self._counter.dialect)
            self._conversation = dialect.read_ask(self._counter.read(self.body), self.model, streamed=False)
        return self._conversation

    def write(self, model: Raw, *, counts_streams: bool) -> bytes:
        """The body for the same counter elsewhere; a model that is named with the ask is the target's, too."""
        counter = self._counter
        raw = self.members.get(counter.inside[0]) if counter.prefix else None
        if raw is None:
            return super().write(model, counts_streams=counts_streams)
        named = counter.prefix + msgspec.json.decode(model, type=str)
        inner = {**read_members(bytes(raw), frozenset({"model"})), "model": Raw(_encode(named))}
        return write_members({**self.members, counter.inside[0]: Raw(write_members(inner))})


class CountBridge(Struct, frozen=True):
    """From one counter to another, or to an estimate of the gateway's own."""

    asked: Counter
    counting: Counter
    operation: ChatOperation
    """The chat that is counted, as the caller says it."""

    def write(self, ask: Ask, manners: Manners, losses: Losses) -> bytes:
        """The ask in the other dialect."""
        said = find_chat_dialect(self.counting.dialect).write_ask(ask.conversation(), manners, losses)
        return _encode(self.counting.write(said, manners.model))

    def reply(self, ask: Ask, body: bytes, losses: Losses) -> tuple[bytes, Tally | None]:
        """The count as the caller knows it."""
        return self.asked.write_count(self.counting.read_count(body)), None

    def estimate(self, ask: Ask, media: MediaBounds) -> bytes:
        """What the ask will probably be counted as."""
        return self.asked.write_count(max(self.operation.extent(ask.members, media).likely, 1))


class CountCrossing(Struct, frozen=True):
    """To one provider's counter; to none, if `name` is empty."""

    name: str
    dialect: str
    bridge: Bridge


class CountOperation(TaskOperation, kw_only=True):
    """One address for counting."""

    action: str = "llm.count_tokens"
    is_free: bool = True
    counter: Counter
    counted: ChatOperation
    """The chat that is counted."""

    def decode(self, body: bytes, address: Address | None = None) -> Ask:
        """Understand an ask; all but the model is the counter's to judge. Raises BadRequest."""
        return CountAsk(address or Address(self), read_members(body, self.known), body, self.counter)

    def extent(self, members: Members, media: MediaBounds) -> Extent:
        """As of the chat."""
        return self.counted.extent(members, media)

    def crossings(self) -> Iterator[Crossing]:
        """Every other counter, and the gateway's estimate."""
        for each in COUNTERS:
            if each is not self.counter:
                yield CountCrossing(each.name, each.dialect, CountBridge(self.counter, each, self.counted))
        yield CountCrossing("", self.dialect, self.stand_in())

    def stand_in(self) -> CountBridge:
        """The gateway's estimate."""
        return CountBridge(self.counter, self.counter, self.counted)
