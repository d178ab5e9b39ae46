"""What a dialect for asks that are no chats must know, and how two of them are joined."""

from collections.abc import Iterable
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.bridge import Bridge
from trigate.llm.chat_dialect import Manners
from trigate.llm.error import NotOffered
from trigate.llm.extent import MediaBounds
from trigate.llm.loss import Losses
from trigate.llm.member import read_value
from trigate.llm.operation import Ask
from trigate.llm.reply import Tally

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class Heard(Struct, frozen=True):
    """A provider's answer, understood."""

    value: Any
    """In the middle form of the action: what both dialects say of it."""
    tally: Tally | None


class TaskDialect(Protocol):
    """One language; `ask` and `value` are of the middle form that the dialects of one action share."""

    name: str
    """By which the provider is asked for its path."""
    dialect: str
    """The language for chats in which its errors come."""

    def read_ask(self, body: dict[str, Any], model: str) -> Any:
        """Understand a caller's body; raises InvalidParameter, NotPortable."""
        ...

    def write_ask(self, ask: Any, model: str, losses: Losses) -> dict[str, Any]:
        """The body for a provider; what it cannot say goes into `losses`. Raises NotPortable."""
        ...

    def read_reply(self, body: dict[str, Any]) -> Heard:
        """Understand a provider's answer; raises LookupError, TypeError or ValueError if it is in no known form."""
        ...

    def write_reply(self, heard: Heard, ask: Any, losses: Losses) -> dict[str, Any]:
        """The answer for the caller of `ask`."""
        ...


class TaskBridge(Struct, frozen=True):
    """From the caller's dialect to the provider's."""

    asked: TaskDialect
    spoken: TaskDialect

    def write(self, ask: Ask, manners: Manners, losses: Losses) -> bytes:
        """The ask in the other dialect."""
        return _encode(self.spoken.write_ask(self._understood(ask), manners.model, losses))

    def reply(self, ask: Ask, body: bytes, losses: Losses) -> tuple[bytes, Tally | None]:
        """The answer in the caller's dialect."""
        try:
            heard = self.spoken.read_reply(_decode(body))
        except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
            raise UpstreamProtocolError("the provider's answer is in no known form") from None
        return _encode(self.asked.write_reply(heard, self._understood(ask), losses)), heard.tally

    def estimate(self, ask: Ask, media: MediaBounds) -> bytes:
        """Nothing that the gateway could answer by itself."""
        raise NotOffered("no provider was asked")

    def _understood(self, ask: Ask) -> Any:
        return self.asked.read_ask(read_value(ask.body), ask.model)


class TaskCrossing(Struct, frozen=True):
    """To a provider that speaks another dialect."""

    name: str
    dialect: str
    bridge: Bridge


def crossings_of(asked: TaskDialect, spoken: Iterable[TaskDialect]) -> list[TaskCrossing]:
    """From one dialect to every other of its action."""
    return [TaskCrossing(each.name, each.dialect, TaskBridge(asked, each)) for each in spoken if each is not asked]
