"""The lists of many servers as one, in the configuration's order, under names that do not depend on who was first."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from msgspec import Raw, Struct

from trigate.core.action import Action
from trigate.core.clock import clock
from trigate.core.errors import UpstreamFailed
from trigate.core.wildcard import fits
from trigate.mcp.conversion import legacy_tool
from trigate.mcp.envelope import Members, encode
from trigate.mcp.listing import Kind, Listing, Thing
from trigate.mcp.upstream import Upstream
from trigate.mcp.version import IDENTITY, SERVER_INFO, Era
from trigate.mcp.view import View

_INCOMPLETE_MS = 5_000
"""How long a caller may keep a list in which a server is missing."""
_LONGEST_REMEMBERED = 1024
"""Letters of a URI template that is kept taken apart."""
_expression = re.compile(r"\{[^{}]*\}")
Shown = Callable[[Action], bool]
"""Whether the reader of a list may do what a thing in it is there for."""

UNAVAILABLE = "io.trigate/unavailable"
CLASHES = "io.trigate/clashes"


class _Item(Struct, frozen=True):
    """One thing as it is shown to those who may use it."""

    name: str
    server: str
    use: Action
    raw: Raw


class _Merged(Struct):
    """A merged list and what it was made of: the same for all, of which each is shown a part."""

    parts: tuple[Listing | None, ...]
    items: list[_Item]
    """Those of one name behind each other's servers, in the configuration's order."""
    missing: list[tuple[Action, str]]
    """Servers that could not be asked."""


class Catalogue:
    """Every list of every endpoint."""

    __slots__ = ("_merged", "_upstreams")

    def __init__(self, upstreams: Mapping[str, Upstream]) -> None:
        self._upstreams = upstreams
        self._merged: dict[tuple[str, str, str], _Merged] = {}

    async def result(self, view: View, kind: Kind, era: Era, version: str, shown: Shown) -> bytes:
        """The result of a list request: what its reader may use; a server that is down is missing, and named."""
        listings = await self.load(view, kind)
        merged = self._merge(view, kind, version, listings)
        items, meta = _select(merged, shown)
        out: dict[str, object] = {kind.plural: items}
        if era == "modern":
            # Whatever servers say: this list is this caller's (2026-07-28, caching).
            out |= {"resultType": "complete", "ttlMs": _ttl(listings), "cacheScope": "private"}
            meta[SERVER_INFO] = IDENTITY
        if meta:
            out["_meta"] = meta
        return encode(out)

    async def load(self, view: View, kind: Kind) -> dict[str, Listing | None]:
        """Each server's list, fetched side by side where it is not fresh; None for one that cannot be asked."""
        servers = [self._upstreams[name] for name in view.servers]
        for server in servers:
            _begin(server, kind.plural)
        return {server.name: await _listing(server, kind.plural) for server in servers}

    def is_known(self, view: View, kind: Kind) -> bool:
        """Whether every server's list has been fetched once, or has been tried in vain."""
        servers = [self._upstreams[name] for name in view.servers]
        return all(server.known(kind.plural) or server.failed(kind.plural) for server in servers)

    def owner(self, view: View, uri: str, resources: Kind, templates: Kind, shown_by: Callable[[str], bool]) -> str:
        """The server whose lists, as known now, have a resource: the first in the configuration's order, or empty.

        `shown_by` tells of a server whether the caller may use its resource of this name.
        """
        shown = [name for name in view.servers if view.shows(name, "resource", uri) and shown_by(name)]
        for kind in (resources, templates):
            for name in shown:
                known = self._upstreams[name].known(kind.plural)
                if known is not None and uri in known.things:
                    return name
        for name in shown:
            known = self._upstreams[name].known(templates.plural)
            if known is not None and any(_is_made_from(each, uri) for each in known.things):
                return name
        return shown[0] if len(shown) == 1 == len(view.servers) else ""

    def thing(self, server: str, kind: Kind, name: str) -> Thing | None:
        """A thing as last listed by its server."""
        known = self._upstreams[server].known(kind.plural)
        return known.things.get(name) if known is not None else None

    def _merge(self, view: View, kind: Kind, version: str, listings: dict[str, Listing | None]) -> _Merged:
        """The merged list; made anew only when a server's list has been."""
        key, parts = (view.name, kind.plural, version), tuple(listings.values())
        merged = self._merged.get(key)
        if (
            merged is None
            or len(merged.parts) != len(parts)
            or any(old is not new for old, new in zip(merged.parts, parts, strict=True))
        ):
            merged = self._merged[key] = _merge(view, kind, version, listings)
        return merged


def _merge(view: View, kind: Kind, version: str, listings: dict[str, Listing | None]) -> _Merged:
    merged = _Merged(tuple(listings.values()), [], [])
    for server, listing in listings.items():
        if listing is None:
            merged.missing.append((kind.action(server, "*"), server))
            continue
        for thing in listing.things.values():
            if view.shows(server, kind.singular, thing.name):
                name = view.expose(server, thing.name) if kind.key == "name" else thing.name
                use = kind.action(server, thing.name)
                merged.items.append(_Item(name, server, use, _item(kind, thing, name, version)))
    return merged


def _select(merged: _Merged, shown: Shown) -> tuple[list[Raw], dict[str, object]]:
    """What the reader may use, and what else there is to say of that; of one name the first server's is shown."""
    items: list[Raw] = []
    owners: dict[str, str] = {}
    clashes: dict[str, list[str]] = {}
    for item in merged.items:
        if not shown(item.use):
            continue
        if item.name in owners:
            clashes.setdefault(item.name, [owners[item.name]]).append(item.server)
            continue
        owners[item.name] = item.server
        items.append(item.raw)
    missing = [server for use, server in merged.missing if shown(use)]
    meta: dict[str, object] = {UNAVAILABLE: missing} if missing else {}
    return items, meta | ({CLASHES: clashes} if clashes else {})


def _item(kind: Kind, thing: Thing, name: str, version: str) -> Raw:
    members: Members = dict(thing.members)
    if kind.plural == "tools" and version <= "2025-11-25":
        members = legacy_tool(members, version)
    members[kind.key] = Raw(encode(name))
    return Raw(encode(members))


def _ttl(listings: Mapping[str, Listing | None]) -> int:
    """Milliseconds: the shortest of the parts (2026-07-28, caching)."""
    now = clock.monotonic()
    left = [_INCOMPLETE_MS if each is None else int((each.fresh_until - now) * 1000) for each in listings.values()]
    return max(0, min(left, default=_INCOMPLETE_MS))


def _begin(server: Upstream, plural: str) -> None:
    known = server.known(plural)
    if known is not None and known.is_fresh():
        return
    try:
        server.begin(plural)
    except UpstreamFailed:
        return  # it failed a moment ago, and `_listing` says with what it is replaced


async def _listing(server: Upstream, plural: str) -> Listing | None:
    try:
        return await server.listing(plural)
    except UpstreamFailed:
        known = server.known(plural)
        return known if known is not None and known.is_usable() else None


def _is_made_from(template: str, uri: str) -> bool:
    """Whether a URI template may give `uri`, each expression standing for any text (RFC 6570, read generously)."""
    pieces = _pieces(template) if len(template) <= _LONGEST_REMEMBERED else _pieces.__wrapped__(template)
    return fits(uri, pieces, 1)


@lru_cache(1024)
def _pieces(template: str) -> list[str]:
    return _expression.split(template)
