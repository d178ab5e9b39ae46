"""What servers offer, held to what was approved: a worker's way to the rows, and what it makes of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from trigate.core.bus import Bus, BusStream, consult
from trigate.core.errors import StoreUnavailable
from trigate.core.turn import NEXT_TURN
from trigate.mcp.envelope import Members, members
from trigate.mcp.envelope import encode as envelope
from trigate.mcp.fault import Fault, ServerFailed
from trigate.mcp.listing import Held, Kind, Listing, Thing, Why
from trigate.mcp.settings import Server
from trigate.mcp.suspicion import canonical, digest, suspicions
from trigate.store.pin import CHANGED, Mode, Sighting, Sort, Verdict
from trigate.telemetry.log import log

SERVICE = "mcp.pins"
_PIECE = 256 * 2**10
"""Bytes of definitions in one message."""
_LARGEST = 256 * 2**10
"""Bytes of one definition; a longer one is known by its digest alone."""
_AT_ONCE = 16
"""Things that are looked at before others have their turn: a list may have thousands."""
_MOST_SAID, _LONGEST_SAID = 20, 300
"""Of what is told about one definition."""
Said = tuple[str, ...]
_SORTS: Mapping[str, Sort] = {
    "tools": "tool", "prompts": "prompt", "resources": "resource", "resourceTemplates": "template",
}  # fmt: skip


class Report(Struct, frozen=True):
    """What a worker has seen of a server."""

    server: str
    kind: Sort
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

    __slots__ = ("_bus", "_crowded", "_kinds", "_mode", "_name", "_others", "_said", "_suspicious")

    def __init__(self, name: str, server: Server, others: frozenset[str], bus: Bus) -> None:
        self._name = name
        self._mode: Mode = server.pin
        self._kinds = server.pins
        self._suspicious = server.suspicious
        self._others = others
        self._bus = bus
        self._crowded = False
        """It was told that there is no room for more."""
        self._said: dict[Sort, Mapping[str, Said]] = {}
        """What was found in the definitions of each list, by digest: each is looked at and told once."""

    async def judge(self, kind: Kind, listing: Listing) -> Listing:
        """The list without what is held back, which is kept apart; raises ServerFailed if nobody can tell.

        Nothing is asked where nothing is pinned and nothing odd.
        """
        sort = _SORTS[kind.plural]
        mode: Mode = self._mode if kind.capability in self._kinds else "off"
        things = listing.things | {name: each.thing for name, each in listing.held.items()}
        seen = await self._look_at(sort, things.values())
        asked = [each for each in seen if mode != "off" or each.suspicions]
        verdicts = await self._ask(sort, mode, asked)
        held: dict[str, Why] = {}
        for each in asked:
            why = self._why(each, verdicts.get(each.name))
            if why is not None:
                held[each.name] = why
        if "crowded" in held.values() and not self._crowded:
            self._crowded = True
            log.warning("a tool server has shown too much to compare: see `trigate mcp forget`", server=self._name)
        names = listing.names or tuple(things)
        return replace(
            listing,
            things={name: things[name] for name in names if name not in held},
            held={name: Held(things[name], why) for name, why in held.items()},
            names=names if held else (),
        )

    async def _look_at(self, sort: Sort, things: Iterable[Thing]) -> list[Sighting]:
        before, found = self._said.get(sort, {}), list[Sighting]()
        for each in things:
            found.append(self._look(sort, each, before))
            if len(found) % _AT_ONCE == 0:
                await NEXT_TURN
        self._said[sort] = {each.digest: each.suspicions for each in found}
        return found

    def _look(self, sort: Sort, thing: Thing, before: Mapping[str, Said]) -> Sighting:
        text = canonical(_lasting(thing.members) if sort == "resource" else thing.members)
        mark = digest(text)
        said = before.get(mark)
        if said is None:
            found = suspicions(text, self._others) if self._suspicious != "off" else ()
            said = tuple(each[:_LONGEST_SAID] for each in found[:_MOST_SAID])
            if said:
                what = "; ".join(said)
                log.warning("a definition is suspicious", server=self._name, kind=sort, name=thing.name, what=what)
        return Sighting(thing.name, mark, text if len(text) <= _LARGEST else b"{}", said)

    def _why(self, seen: Sighting, verdict: Verdict | None) -> Why | None:
        if verdict is not None and verdict.why is not None:
            return verdict.why
        approved = verdict is not None and verdict.approved
        return "suspicious" if seen.suspicions and self._suspicious == "hide" and not approved else None

    async def _ask(self, sort: Sort, mode: Mode, sightings: Sequence[Sighting]) -> Mapping[str, Verdict]:
        found: dict[str, Verdict] = {}
        for piece in _pieces(sightings):
            try:
                verdicts = await self._tell(Report(self._name, sort, mode, piece))
                found |= {each.name: each for each in verdicts}
            except StoreUnavailable as error:
                if mode != "off" or self._suspicious == "hide":
                    told = f"its {sort}s cannot be compared with what was approved: {error.message}"
                    raise ServerFailed(told) from None
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
    """A server whose lists are judged."""

    name: str
    settings: Server
    pinning: Pinning | None

    async def judge_again(self) -> None: ...


def pinned(name: str, server: Server, names: frozenset[str], bus: Bus) -> Pinning | None:
    """What judges the lists of a server, which is one of `names`; None if nothing does."""
    if server.pin == "off" and server.suspicious == "off":
        return None
    return Pinning(name, server, names - {name}, bus)


def guard(servers: "Mapping[str, Judged]", further: "Callable[[str], Iterable[Judged]]", bus: Bus) -> None:
    """Have the lists of these servers judged, and judged again when an operator has decided, in whichever process.

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


def _lasting(found: Members) -> Members:
    """A resource without what changes with its content."""
    lasting = {name: value for name, value in found.items() if name != "size"}
    raw = found.get("annotations", Raw(b"{}"))
    if b"lastModified" in bytes(raw):
        try:
            said = members(raw)
        except (msgspec.DecodeError, Fault):
            return lasting
        said.pop("lastModified", None)
        lasting.pop("annotations")
        if said:
            lasting["annotations"] = Raw(envelope(said))
    return lasting


def _pieces(sightings: Sequence[Sighting]) -> list[tuple[Sighting, ...]]:
    """Messages of bounded size."""
    pieces: list[list[Sighting]] = [[]]
    size = 0
    for each in sightings:
        size += len(each.definition) + len(each.name)
        if size > _PIECE and pieces[-1]:
            pieces.append([])
            size = len(each.definition) + len(each.name)
        pieces[-1].append(each)
    return [tuple(piece) for piece in pieces if piece]
