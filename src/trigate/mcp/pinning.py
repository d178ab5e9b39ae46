"""Tools held to the definitions that were approved: a worker's way to the rows, and what it makes of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from trigate.core.bus import Bus, BusStream, consult
from trigate.core.errors import StoreUnavailable
from trigate.mcp.fault import ServerFailed
from trigate.mcp.listing import Held, Listing, Thing, Why
from trigate.mcp.settings import Server
from trigate.mcp.suspicion import canonical, digest, suspicions
from trigate.store.pin import CHANGED, Mode, Sighting, Verdict
from trigate.telemetry.log import log

SERVICE = "mcp.pins"
_PIECE = 256 * 2**10
"""Bytes of definitions in one message."""
_LARGEST = 256 * 2**10
"""Bytes of one definition; a longer one is known by its digest alone."""
_REMEMBERED = 4096


class Report(Struct, frozen=True):
    """What a worker has seen of a server."""

    server: str
    mode: Mode
    sightings: tuple[Sighting, ...]


class Told(Struct, frozen=True):
    """The answer."""

    verdicts: tuple[Verdict, ...] = ()
    problem: str = ""


encode = msgspec.msgpack.encode
read_report = msgspec.msgpack.Decoder(Report).decode
_read_told = msgspec.msgpack.Decoder(Told).decode


class Pinning:
    """Judges the lists of one server."""

    __slots__ = ("_bus", "_mode", "_name", "_others", "_said", "_suspicious")

    def __init__(self, name: str, server: Server, others: frozenset[str], bus: Bus) -> None:
        self._name = name
        self._mode: Mode = server.pin
        self._suspicious = server.suspicious
        self._others = others
        self._bus = bus
        self._said: dict[str, tuple[str, ...]] = {}
        """What was found in a definition, by digest: each is looked at and told once."""

    async def judge(self, listing: Listing) -> Listing:
        """The list without what is held back, which is kept apart; raises ServerFailed if nobody can tell.

        Nothing is asked where nothing is pinned and nothing odd.
        """
        things = listing.things | {name: each.thing for name, each in listing.held.items()}
        seen = [self._look(each) for each in things.values()]
        asked = [each for each in seen if self._mode != "off" or each.suspicions]
        verdicts = await self._ask(asked)
        held: dict[str, Why] = {}
        for each in asked:
            why = self._why(each, verdicts.get(each.tool))
            if why is not None:
                held[each.tool] = why
        names = listing.names or tuple(things)
        return replace(
            listing,
            things={name: things[name] for name in names if name not in held},
            held={name: Held(things[name], why) for name, why in held.items()},
            names=names if held else (),
        )

    def _look(self, thing: Thing) -> Sighting:
        text = canonical(thing.members)
        mark = digest(text)
        said = self._said.get(mark)
        if said is None:
            said = suspicions(text, self._others) if self._suspicious != "off" else ()
            if len(self._said) >= _REMEMBERED:
                self._said.clear()
            self._said[mark] = said
            if said:
                log.warning(
                    "a tool's definition is suspicious", server=self._name, tool=thing.name, what="; ".join(said)
                )
        return Sighting(thing.name, mark, text if len(text) <= _LARGEST else b"{}", said)

    def _why(self, seen: Sighting, verdict: Verdict | None) -> Why | None:
        if verdict is not None and verdict.why is not None:
            return verdict.why
        approved = verdict is not None and verdict.approved
        return "suspicious" if seen.suspicions and self._suspicious == "hide" and not approved else None

    async def _ask(self, sightings: Sequence[Sighting]) -> Mapping[str, Verdict]:
        found: dict[str, Verdict] = {}
        for piece in _pieces(sightings):
            try:
                found |= {each.tool: each for each in await self._tell(Report(self._name, self._mode, piece))}
            except StoreUnavailable as error:
                if self._mode != "off" or self._suspicious == "hide":
                    raise ServerFailed(
                        f"its tools cannot be compared with what was approved: {error.message}"
                    ) from None
        return found

    async def _tell(self, report: Report) -> tuple[Verdict, ...]:
        message = await consult(self._bus, SERVICE, encode(report))
        if message is None:
            raise StoreUnavailable("the control process cannot be reached")
        told = _read_told(message)
        if told.problem:
            raise StoreUnavailable(told.problem)
        return told.verdicts


class Judged(Protocol):
    """A server whose tools are judged."""

    name: str
    settings: Server
    pinning: Pinning | None

    async def judge_again(self) -> None: ...


def pinned(name: str, server: Server, names: frozenset[str], bus: Bus) -> Pinning | None:
    """What judges the tools of a server, which is one of `names`; None if nothing does."""
    if server.pin == "off" and server.suspicious == "off":
        return None
    return Pinning(name, server, names - {name}, bus)


def guard(servers: "Mapping[str, Judged]", further: "Callable[[str], Iterable[Judged]]", bus: Bus) -> None:
    """Have the tools of these servers judged, and judged again when an operator has decided, in whichever process.

    `further` gives those of one name that are somebody's own; they are judged already.
    """
    for name, server in servers.items():
        server.pinning = pinned(name, server.settings, frozenset(servers), bus)

    async def hear(stream: BusStream, opening: bytes) -> None:
        name = opening.decode("utf-8", "replace")
        shared = servers.get(name)
        for server in [shared] if shared is not None else list(further(name)):
            await server.judge_again()

    bus.offer(CHANGED, hear)


def _pieces(sightings: Sequence[Sighting]) -> list[tuple[Sighting, ...]]:
    """Messages of bounded size."""
    pieces: list[list[Sighting]] = [[]]
    size = 0
    for each in sightings:
        size += len(each.definition)
        if size > _PIECE and pieces[-1]:
            pieces.append([])
            size = len(each.definition)
        pieces[-1].append(each)
    return [tuple(piece) for piece in pieces if piece]
