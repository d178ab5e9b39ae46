"""A server's lists: fetched whole, kept as the JSON they came as."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Raw, Struct, field

from trigate.core.action import Action
from trigate.core.clock import clock
from trigate.core.signal import Signal
from trigate.mcp.compose import Hop, compose
from trigate.mcp.envelope import Members, encode, members, read_value
from trigate.mcp.fault import METHOD_NOT_FOUND, Fault, ServerFailed
from trigate.mcp.greeting import Greeting
from trigate.mcp.message import Message, Outgoing, decode_error
from trigate.mcp.mirror import BadAnnotation, Mirrored, mirrored
from trigate.mcp.schema import Schema, compiled
from trigate.mcp.transport import Leg

Write = Callable[[Greeting], Outgoing]
Reach = Callable[[Write, Signal], Awaitable[tuple[Greeting, Leg]]]

_MOST_PAGES = 100
_MOST_THINGS = 10_000
_LONGEST_NAME = 8192
"""Letters of a name or address; nobody could ask for a longer one."""
_LONGEST_TTL = 3600.0
_STALE = 600.0
"""Seconds beyond its time for which a list is still shown while its server cannot be asked."""


class Kind(Struct, frozen=True):
    """A kind of thing that servers list."""

    plural: str
    """The member of the result that holds the list."""
    singular: str
    """As in an action's resource."""
    method: str
    capability: str
    key: str
    """The member of a thing that names it."""
    use: str
    """The action that a thing is there for: who may not do that is not shown it."""

    def action(self, server: str, name: str) -> Action:
        """To use a server's thing."""
        return Action(self.use, f"server/{server}/{self.singular}/{name}")


KINDS = {
    each.method: each
    for each in (
        Kind("tools", "tool", "tools/list", "tools", "name", "mcp.tools.call"),
        Kind("prompts", "prompt", "prompts/list", "prompts", "name", "mcp.prompts.get"),
        Kind("resources", "resource", "resources/list", "resources", "uri", "mcp.resources.read"),
        Kind(
            "resourceTemplates",
            "resource",
            "resources/templates/list",
            "resources",
            "uriTemplate",
            "mcp.resources.read",
        ),
    )
}


_HINTS = {
    "readOnlyHint": "read_only",
    "destructiveHint": "destructive",
    "idempotentHint": "idempotent",
    "openWorldHint": "open_world",
}


class Thing(Struct):
    """One tool, prompt, resource or template."""

    name: str
    members: Members
    mirrored: Mirrored
    """Arguments of a tool that header fields repeat."""
    schemas: dict[str, Schema] = field(default_factory=dict[str, Schema])
    """Those that were used, by their member."""

    def schema(self, member: str) -> Schema | None:
        """The schema in a member such as `inputSchema`, compiled when it is first asked for."""
        found = self.schemas.get(member)
        if found is None and member in self.members:
            found = self.schemas[member] = compiled(self.members[member])
        return found

    def traits(self) -> dict[str, bool]:
        """What its annotations say of a tool (2025-03-26, ToolAnnotations)."""
        try:
            said = msgspec.json.decode(self.members.get("annotations", Raw(b"{}")), type=dict[str, Any])
        except msgspec.DecodeError:
            return {}
        return {trait: said[hint] for hint, trait in _HINTS.items() if isinstance(said.get(hint), bool)}


Why = Literal["new", "changed", "crowded", "suspicious"]
"""Nobody has approved of it yet; it is not what was approved; its server has shown too many things; there is something
odd in it."""


class Held(Struct, frozen=True):
    """A thing that is neither shown nor used until an operator has looked at it."""

    thing: Thing
    why: Why


class Listing(Struct):
    """A list as it was fetched."""

    things: dict[str, Thing]
    fresh_until: float
    """Monotonic seconds."""
    dropped: list[str] = field(default_factory=list[str])
    """Things that cannot be offered, each with the reason."""
    held: dict[str, Held] = field(default_factory=dict[str, Held])
    """Things that are held back."""
    names: tuple[str, ...] = ()
    """Those of all things in the server's order, where some are held back."""

    def is_fresh(self) -> bool:
        """Whether it may be used without asking again."""
        return clock.monotonic() < self.fresh_until

    def is_usable(self) -> bool:
        """Whether it is better than nothing while the server cannot be asked."""
        return clock.monotonic() < self.fresh_until + _STALE


class _Page(Struct, rename="camel"):
    next_cursor: str | None = None
    ttl_ms: float | None = None


_page = msgspec.json.Decoder(_Page).decode
_list = msgspec.json.Decoder(list[Raw]).decode


async def fetch(reach: Reach, kind: Kind, signal: Signal, ttl: float) -> Listing:
    """Every page of a server's list; `ttl` (seconds) is for servers that do not say. Raises UpstreamFailed."""
    listing = Listing({}, 0.0)
    cursor: str | None = None
    shortest = _LONGEST_TTL
    for _ in range(_MOST_PAGES):
        result = await _fetch_page(reach, kind, cursor, signal)
        if result is None:
            return Listing({}, clock.monotonic() + ttl)
        page = _read_page(listing, kind, result)
        shortest = min(shortest, ttl if page.ttl_ms is None else max(0.0, page.ttl_ms / 1000))
        if page.next_cursor is None or page.next_cursor == cursor:
            break
        cursor = page.next_cursor
    # A list that may not be reused at all is still reused for a second: callers come in crowds.
    listing.fresh_until = clock.monotonic() + max(1.0, shortest)
    return listing


async def _fetch_page(reach: Reach, kind: Kind, cursor: str | None, signal: Signal) -> Members | None:
    """The result of one request, None if the server has no such list."""
    params: Members = {} if cursor is None else {"cursor": Raw(encode(cursor))}

    def write(greeting: Greeting) -> Outgoing:
        return compose(kind.method, params, {}, Hop(greeting.era))

    _, leg = await reach(write, signal)
    try:
        message = await response(leg)
    finally:
        leg.close()
    if not len(message.error):
        return _object(message.result)
    error = decode_error(message.error)
    if error.code == METHOD_NOT_FOUND:
        return None
    raise ServerFailed(f"{kind.method} failed: {error.message[:200]}")


async def response(leg: Leg) -> Message:
    """The response alone; raises UpstreamFailed if there is none."""
    while True:
        message = await leg.next()
        if message is None:
            raise ServerFailed("the server ended without an answer")
        if not message.method:
            return message


def _read_page(listing: Listing, kind: Kind, result: Members) -> _Page:
    try:
        listed = _list(result.get(kind.plural, Raw(b"[]")))
        page = _page(encode(result))
    except msgspec.DecodeError:
        raise ServerFailed(f"{kind.method} was answered with what is no list") from None
    for raw in listed:
        if len(listing.things) < _MOST_THINGS:
            _add(listing, kind, raw)
    return page


def _add(listing: Listing, kind: Kind, raw: Raw) -> None:
    """Take one thing over; one that is broken costs only itself."""
    try:
        found = members(raw.copy())
        name = _name(found[kind.key])
        wanted = mirrored(_schema(found)) if kind.plural == "tools" else {}
    except (msgspec.DecodeError, Fault, KeyError, RecursionError) as error:
        listing.dropped.append(f"{kind.singular} without usable {kind.key}: {type(error).__name__}")
        return
    except BadAnnotation as error:
        listing.dropped.append(f"{kind.singular}: {error}")
        return
    listing.things.setdefault(name, Thing(name, found, wanted))


def _name(raw: Raw) -> str:
    return msgspec.json.decode(raw, type=Annotated[str, Meta(max_length=_LONGEST_NAME)])


def _schema(found: Members) -> Any:
    schema = found.get("inputSchema")
    # Most schemas mirror nothing: those are not decoded.
    return read_value(schema) if schema is not None and b"x-mcp-header" in bytes(schema) else None


def _object(raw: Raw) -> Members:
    try:
        return members(raw)
    except (msgspec.DecodeError, Fault, RecursionError):
        raise ServerFailed("the server's result is no JSON object") from None
