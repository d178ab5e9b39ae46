"""The lists of many servers as one, in the configuration's order, under names that do not depend on who was first."""

from collections.abc import Callable, Mapping

from trigate.core.action import Action
from trigate.core.clock import clock
from trigate.core.errors import UpstreamFailed
from trigate.core.exchange import Exchange
from trigate.mcp.envelope import encode
from trigate.mcp.listing import Kind, Listing, Thing
from trigate.mcp.merge import Merged, Shown, merge, select
from trigate.mcp.naming import table
from trigate.mcp.paging import Page
from trigate.mcp.upstream import Upstream
from trigate.mcp.uri_template import is_made_from
from trigate.mcp.version import IDENTITY, SERVER_INFO, Era
from trigate.mcp.view import View, unknown

_INCOMPLETE_MS = 5_000
"""How long a caller may keep a list in which a server is missing."""
May = Callable[[Exchange, Action], bool]
"""Whether the caller of an exchange may do this."""


class Catalogue:
    """Every list of every endpoint."""

    __slots__ = ("_merged", "_tables", "_upstreams")

    def __init__(self, upstreams: Mapping[str, Upstream]) -> None:
        self._upstreams = upstreams
        self._merged: dict[tuple[str, str, str, bool], Merged] = {}
        self._tables: dict[tuple[str, str, str], tuple[Listing, Mapping[str, str]]] = {}

    async def result(  # noqa: PLR0913 - what a reader is and asks for
        self,
        view: View,
        kind: Kind,
        era: Era,
        version: str,
        shown: Shown,
        *,
        apps: bool = False,
        page: Page | None = None,
    ) -> bytes:
        """The result of a list request: what its reader may use; a server that is down is missing, and named.

        Raises Fault for a cursor that was not given out for this `page`.
        """
        listings = await self.load(view, kind)
        merged = self._merge(view, kind, version, listings, apps)
        items, meta = select(merged, shown)
        part, cursor = page.cut(items) if page is not None else (items, "")
        out: dict[str, object] = {kind.plural: part}
        if cursor:
            out["nextCursor"] = cursor
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

    def owners(self, view: View, uri: str, shown_by: Callable[[str], bool]) -> list[str]:
        """The servers whose lists, as known now, have a resource; those with a fitting template if none lists it.

        `shown_by` tells of a server whether the caller may use its resource of this name.
        """
        shown = [name for name in view.servers if view.shows(name, "resource", uri) and shown_by(name)]
        listing = [name for name in shown if self._upstreams[name].lists(uri)]
        if listing:
            return listing
        making = [name for name in shown if self._makes(name, uri)]
        return making or (shown if len(shown) == 1 == len(view.servers) else [])

    def _makes(self, server: str, uri: str) -> bool:
        known = self._upstreams[server].known("resourceTemplates")
        return known is not None and any(is_made_from(each, uri) for each in known.things)

    def place(self, view: View, kind: Kind, exposed: str) -> tuple[str, str]:
        """Server and own name behind a shown name; raises Fault.

        The own name is empty if the server's list, which is not known or may have changed, must be fetched to tell.
        """
        server, name = view.owner(exposed, kind.singular)
        if name:
            return server, name
        known = self._upstreams[server].known(kind.plural)
        if known is not None:
            name = self._table(view, server, kind, known).get(exposed, "")
            if name and view.shows(server, kind.singular, name):
                return server, name
            if name or known.is_fresh():
                raise unknown(exposed, kind.singular)
        return server, ""

    def _table(self, view: View, server: str, kind: Kind, known: Listing) -> Mapping[str, str]:
        """What shown names stand for that do not say it themselves."""
        key = (view.name, server, kind.plural)
        found = self._tables.get(key)
        if found is None or found[0] is not known:
            names = table(known.things, lambda own: view.expose(server, own, kind.singular))
            found = self._tables[key] = known, names
        return found[1]

    def thing(self, server: str, kind: Kind, name: str) -> Thing | None:
        """A thing as last listed by its server."""
        known = self._upstreams[server].known(kind.plural)
        return known.things.get(name) if known is not None else None

    def _merge(self, view: View, kind: Kind, version: str, listings: dict[str, Listing | None], apps: bool) -> Merged:
        """The merged list; made anew only when a server's list has been."""
        key, parts = (view.name, kind.plural, version, apps), tuple(listings.values())
        merged = self._merged.get(key)
        if (
            merged is None
            or len(merged.parts) != len(parts)
            or any(old is not new for old, new in zip(merged.parts, parts, strict=True))
        ):
            merged = self._merged[key] = merge(view, kind, version, listings, apps=apps)
        return merged


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
