"""What tool servers offer by name: told by workers, kept for whoever asks people what a client may use."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

import msgspec
from msgspec import Struct

from trigate.core.bus import Bus, BusClosed, BusStream
from trigate.core.clock import clock
from trigate.core.tasks import spawn
from trigate.policy.scope import KINDS, is_scope

SERVICE = "policy.offer"
MOST_SERVERS, MOST_TOOLS = 1000, 1000
AGAIN_SECONDS = 600.0
"""How often what has not changed is told once more: whoever keeps it may have begun anew."""


class Offer(Struct, frozen=True):
    """The tools of one server, by its own names."""

    server: str
    tools: tuple[str, ...]


encode = msgspec.msgpack.encode
_decode = msgspec.msgpack.Decoder(Offer).decode


def scope_of(server: str, tool: str) -> str:
    """The scope that opens one tool, empty for a name that no scope can hold."""
    text = f"{KINDS['tool']}:{server}/{tool}"
    return text if is_scope(text) else ""


class Offers:
    """Kept in the control process (`serve` is a core.bus.Service)."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, ...]] = {}

    def tools(self, server: str) -> Sequence[str]:
        """Those that any worker has told of last."""
        return self._known.get(server, ())

    async def serve(self, stream: BusStream, opening: bytes) -> None:
        """One offer."""
        with suppress(msgspec.DecodeError):
            offer = _decode(opening)
            if offer.server in self._known or len(self._known) < MOST_SERVERS:
                self._known[offer.server] = offer.tools[:MOST_TOOLS]

    def drain(self) -> None:
        """Nothing is open."""


def teller(bus: Bus, server: str) -> Callable[[Iterable[str]], None]:
    """Tells of the tools of one server, when they have changed or it is long ago."""
    last: tuple[str, ...] | None = None
    when = 0.0

    def tell(names: Iterable[str]) -> None:
        nonlocal last, when
        tools = tuple(each for each in names if scope_of(server, each))[:MOST_TOOLS]
        if tools != last or clock.monotonic() - when >= AGAIN_SECONDS:
            last, when = tools, clock.monotonic()
            spawn(_say(bus, Offer(server, tools)), f"mcp {server} offer")

    return tell


async def _say(bus: Bus, offer: Offer) -> None:
    with suppress(BusClosed):
        (await bus.open(SERVICE, encode(offer))).close()
