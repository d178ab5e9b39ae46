"""What all errands about kept things work with: providers, identifiers, the register, models and their prices."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from trigate.core.call import Call
from trigate.core.exchange import Exchange
from trigate.core.lane import Lane
from trigate.core.principal import Principal
from trigate.llm.error import NotOffered
from trigate.llm.extent import MediaBounds
from trigate.llm.operation import Ask
from trigate.llm.resource.handle import Handles, Origin, unknown
from trigate.llm.resource.owner import owner_of
from trigate.llm.resource.register import Ledger
from trigate.llm.resource.wire import Wire
from trigate.llm.sheet import Sheet
from trigate.llm.state_settings import StateSettings

if TYPE_CHECKING:
    from trigate.llm.resource.caretaker import Caretaker
    from trigate.policy.call import Calls


class Place(Struct, frozen=True):
    """One model of one provider."""

    provider: str
    model: str
    sheet: Sheet | None
    """What it costs; None if that is not known."""


class Premises(Struct, frozen=True):
    """Made once for each configuration."""

    settings: StateSettings
    wires: Mapping[str, Wire]
    handles: Handles
    register: Ledger
    places: Callable[[str], Sequence[Place]]
    """Where asks for a model may go, by the name callers use; raises ModelNotFound."""
    choose: Callable[[Call, Ask], Sequence[Place]]
    """Where one of them goes, best first; raises ModelNotFound and NoTarget."""
    lane: Callable[[], Lane]
    calls: "Calls | None"
    media: MediaBounds
    caretaker: "Caretaker"
    max_answer: int
    """Most bytes of an answer, or of one line of it, that is held whole."""

    def owner(self, principal: Principal) -> str:
        """Who may see what a caller makes."""
        return owner_of(principal, self.settings.per)

    def open(self, exchange: Exchange, kind: str, text: str, *, own: bool = False) -> tuple[str, Origin]:
        """The owner that asks, and what is behind an identifier; raises HandleUnknown.

        `own`: it may also be kept by the gateway itself.
        """
        owner = owner_in(exchange, self)
        origin = self.handles.open(kind, owner, text)
        if origin.provider not in self.wires and not (own and not origin.provider):
            raise unknown(kind)
        return owner, origin

    def path(self, provider: str, operation: str) -> bytes:
        """Where a provider has its files, batches or the like; raises NotOffered."""
        found = self.wires[provider].site.provider.path(operation, "", streamed=False)
        if found is None:
            raise NotOffered(f"provider {provider!r} does not offer {operation.partition('_')[2]}")
        return found

    def offering(self, operation: str) -> list[str]:
        """The providers that have such things, in the order of the file."""
        return [
            name
            for name, wire in self.wires.items()
            if wire.site.provider.path(operation, "", streamed=False) is not None
        ]


def owner_in(exchange: Exchange, premises: Premises) -> str:
    """Who asks; only errands of known callers are opened."""
    principal = exchange.principal
    if principal is None:
        raise unknown("")
    return premises.owner(principal)
