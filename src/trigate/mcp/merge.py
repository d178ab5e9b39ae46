"""Several servers' lists made into one, of which each reader is shown what they may use."""

from collections import Counter
from collections.abc import Callable, Mapping

from msgspec import Raw, Struct
from msgspec.structs import replace

from trigate.core.action import Action
from trigate.mcp.app import is_for_apps_alone, name_server
from trigate.mcp.conversion import legacy_tool
from trigate.mcp.envelope import Members, encode, members
from trigate.mcp.listing import Kind, Listing, Thing
from trigate.mcp.resource_uri import SCHEME, apart
from trigate.mcp.shape import Shape
from trigate.mcp.view import View

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
    apart: Raw | None = None
    """The same under an address that names the server, where others have the address too."""


class Merged(Struct):
    """A merged list and what it was made of: the same for all, of which each is shown a part."""

    parts: tuple[Listing | None, ...]
    items: list[_Item]
    """In the configuration's order, and then each server's own."""
    missing: list[tuple[Action, str]]
    """Servers that could not be asked."""
    clashing: bool = False
    """Whether some have the same name or address."""


def merge(view: View, kind: Kind, version: str, listings: dict[str, Listing | None], *, apps: bool = False) -> Merged:
    """`apps`: for readers who show the pages of tools, and so are shown the tools that only pages call."""
    merged = Merged(tuple(listings.values()), [], [])
    for server, listing in listings.items():
        if listing is None:
            merged.missing.append((kind.action(server, "*"), server))
            continue
        for thing in listing.things.values():
            if view.shows(server, kind.singular, thing.name) and (apps or not _is_hidden(kind, thing)):
                name = view.expose(server, thing.name, kind.singular) if kind.key == "name" else thing.name
                use = kind.action(server, thing.name)
                shape = view.shape(server, thing.name) if kind.plural == "tools" else None
                merged.items.append(
                    _Item(name, server, use, _item(kind, thing, name, version, shape, server if view.several else ""))
                )
    _tell_apart(merged, kind)
    return merged


def _tell_apart(merged: Merged, kind: Kind) -> None:
    """Give resources an address of their own where several servers have the same."""
    counts = Counter(each.name for each in merged.items)
    for number, item in enumerate(merged.items):
        if counts[item.name] > 1 or item.name.startswith(SCHEME):
            merged.clashing = True
            if kind.key != "name":
                found = members(item.raw)
                found[kind.key] = Raw(encode(apart(item.server, item.name)))
                merged.items[number] = replace(item, apart=Raw(encode(found)))


def select(merged: Merged, shown: Shown) -> tuple[list[Raw], dict[str, object]]:
    """What the reader may use, and what else there is to say of that."""
    visible = [item for item in merged.items if shown(item.use)]
    missing = [server for use, server in merged.missing if shown(use)]
    meta: dict[str, object] = {UNAVAILABLE: missing} if missing else {}
    if not merged.clashing:
        return [item.raw for item in visible], meta
    owners: dict[str, list[str]] = {}
    for item in visible:
        owners.setdefault(item.name, []).append(item.server)
    clashes = {name: servers for name, servers in owners.items() if len(servers) > 1}
    return _told_apart(visible, clashes), meta | ({CLASHES: clashes} if clashes else {})


def _told_apart(visible: list[_Item], clashes: Mapping[str, list[str]]) -> list[Raw]:
    """None silently in place of another; only of two names that one server gives alike the first is shown."""
    items: dict[tuple[str, str], Raw] = {}
    for item in visible:
        alone = item.name not in clashes and not item.name.startswith(SCHEME)
        items.setdefault((item.server, item.name), item.raw if alone or item.apart is None else item.apart)
    return list(items.values())


def _item(kind: Kind, thing: Thing, name: str, version: str, shape: Shape | None, owner: str) -> Raw:
    """`owner` is the server if there are others in the view, else empty."""
    found: Members = dict(thing.members) if shape is None else shape.define(thing.members)
    if kind.plural == "tools" and version <= "2025-11-25":
        found = legacy_tool(found, version)
    found[kind.key] = Raw(encode(name))
    if kind.plural == "tools" and owner:
        name_server(owner, found)
    return Raw(encode(found))


def _is_hidden(kind: Kind, thing: Thing) -> bool:
    return kind.plural == "tools" and is_for_apps_alone(thing.members)
