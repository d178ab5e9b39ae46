"""For whom a limit counts: each scope reads one value of a call, and calls with equal values share a cell."""

import re
from collections.abc import Callable
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address
from typing import Literal
from urllib.parse import quote

from msgspec import Struct

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.demand import Demand
from trigate.core.fields import TOKEN
from trigate.core.principal import Principal

LONGEST_VALUE = 64
"""Characters of a value that a cell is named by; of longer ones it is a digest."""
NETWORK_BITS = 64
"""Of an IPv6 address: a host has a whole network of this size to choose addresses from."""

Moment = Literal["principal", "call", "target"]
"""When a value is known: for all calls of a principal that are alike, for one call, or for one attempt."""
Read = Callable[[Call, Demand], str]

_SECRET = frozenset({"authorization", "proxy-authorization", "cookie", "api-key", "x-api-key", "x-goog-api-key"})
"""Fields that never name a cell, for cells are stored and shown."""

_CLAIM = re.compile(r"[!-~]{1,128}")


class ScopeName(str):
    """One scope, as it is written: `key`, `team`, `header:x-tenant`, `claim:department`, …"""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> "ScopeName":
        """Raises ValueError for what is no scope."""
        family, colon, name = text.partition(":")
        if colon and family == "header" and name.lower() in _SECRET:
            raise ValueError(f"{name} holds a secret, which must not become part of a record: write key")
        if colon and family == "header" and TOKEN.fullmatch(name.encode("ascii", "replace")):
            return cls(text.lower())
        if colon and family == "claim" and _CLAIM.fullmatch(name):
            return cls(text)
        if text not in SCOPES:
            raise ValueError(f"{text!r} is not a scope: write {', '.join(SCOPES)}, header:NAME or claim:NAME")
        return cls(text)


class Scope(Struct, frozen=True, eq=False):
    """Where the value of a scope comes from."""

    name: str
    moment: Moment
    read: Read
    """The value, empty if the call has none: then the limit does not apply to it."""


def scope(name: ScopeName) -> Scope:
    """The scope of this name."""
    family, colon, rest = name.partition(":")
    if not colon:
        moment, read = SCOPES[name]
        return Scope(name, moment, read)
    if family == "header":
        return Scope(name, "call", _header(rest.encode()))
    return Scope(name, "principal", _claim(rest))


def bounded(value: str) -> str:
    """A value that callers choose, in no more memory than it deserves: of a long one the digest."""
    return value if len(value) <= LONGEST_VALUE else _digest(value)


def cell_value(value: str) -> str:
    """A value as part of a cell's name: no two values look alike, none is long, none holds a separator."""
    quoted = quote(value, safe="@:+", errors="surrogatepass")
    if len(quoted) <= LONGEST_VALUE:
        return quoted
    # One character longer than any quoted value, so never mistaken for one.
    return _digest(value)


def _digest(value: str) -> str:
    return f"~{blake2b(value.encode('utf-8', 'surrogatepass'), digest_size=32).hexdigest()}"


def named(resource: str, kind: str) -> str:
    """The name in a resource such as `model/NAME` or `server/NAME/…`, empty for resources of another kind."""
    family, _, rest = resource.partition("/")
    return rest if family == kind else ""


def server_of(action: Action) -> str:
    """The tool server that an action is about."""
    return named(action.resource, "server").partition("/")[0]


def tool_of(action: Action) -> str:
    """`SERVER/TOOL`, if the action is about one."""
    server, _, rest = named(action.resource, "server").partition("/")
    tool = named(rest, "tool")
    return f"{server}/{tool}" if tool else ""


def route_of(call: Call) -> str:
    """The route of the api lane, or the built-in one of another lane."""
    return named(call.action.resource, "route") or call.exchange.route


def _of_principal(read: Callable[[Principal], str]) -> tuple[Moment, Read]:
    return "principal", lambda call, _: read(call.principal)


def _of_action(read: Callable[[Action], str]) -> tuple[Moment, Read]:
    return "principal", lambda call, _: read(call.action)


def _first_field(*names: bytes) -> Read:
    def read(call: Call, _: Demand) -> str:
        fields = call.exchange.request.fields
        return bounded(next((fields[name].decode("latin-1") for name in names if fields.get(name)), ""))

    return read


def _header(name: bytes) -> Read:
    return _first_field(name)


def _claim(name: str) -> Read:
    def read(call: Call, _: Demand) -> str:
        value = call.principal.claims.get(name)
        return str(value) if isinstance(value, str | int) else ""

    return read


def _address(call: Call, _: Demand) -> str:
    address = call.exchange.peer.address
    if ":" not in address:
        return address
    try:
        whole = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(whole, IPv6Address):
        return address
    network = IPv6Address(int(whole) >> (128 - NETWORK_BITS) << (128 - NETWORK_BITS))
    return str(whole.ipv4_mapped or network)


def _target(_: Call, demand: Demand) -> str:
    return f"{demand.provider}/{demand.model}" if demand.provider and demand.model else ""


SCOPES: dict[str, tuple[Moment, Read]] = {
    "key": _of_principal(lambda principal: principal.key),
    "user": _of_principal(lambda principal: principal.user),
    "end_user": _of_principal(lambda principal: principal.on_behalf_of),
    "agent": _of_principal(lambda principal: principal.agent),
    "team": _of_principal(lambda principal: principal.team),
    "organisation": _of_principal(lambda principal: principal.organisation),
    "session": ("call", _first_field(b"mcp-session-id", b"x-session-id")),
    "run": ("call", _first_field(b"x-run-id")),
    "model": _of_action(lambda action: named(action.resource, "model")),
    "provider": ("target", lambda _, demand: demand.provider),
    "target": ("target", _target),
    "server": _of_action(server_of),
    "tool": _of_action(tool_of),
    "route": ("call", lambda call, _: route_of(call)),
    "address": ("call", _address),
    "lane": _of_action(lambda action: action.lane),
}
"""Every scope without a name of its own; how each is explained to operators stands with `Limit.per`."""
