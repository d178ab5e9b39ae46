"""Servers to which each caller comes with a proof of its own: their sessions, lists and answers are that caller's."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Raw, Struct
from msgspec.structs import replace

from trigate.core.bus import BusStream
from trigate.core.clock import clock
from trigate.core.connection import GATEWAY, Subject, person
from trigate.core.errors import CredentialFailed, Forbidden
from trigate.core.exchange import Exchange
from trigate.core.surroundings import Surroundings
from trigate.mcp.catalogue import Catalogue, May
from trigate.mcp.envelope import encode
from trigate.mcp.listing import Listing, Thing
from trigate.mcp.locator import Locator
from trigate.mcp.message import Outgoing
from trigate.mcp.settings import Server
from trigate.mcp.upstream import Memory, Upstream
from trigate.outbound.connection_needed import ConnectionNeeded
from trigate.outbound.credential import Credential, Proof
from trigate.outbound.oauth.order import CHANGED
from trigate.outbound.personal import Bound, Personal
from trigate.outbound.personal import Person as Someone

if TYPE_CHECKING:
    from trigate.outbound.client import Client

CONNECT = "connect"
"""The tool that stands for all of a server's until somebody has connected it."""
_MOST = 2048
"""Callers who are remembered; beyond, the one who was away for longest is met anew."""
_UNCONNECTED_SECONDS = 2.0
"""How long a list is kept in which everything is missing but that tool."""

Tell = Callable[[str, Callable[[Exchange], bool]], None]
Make = Callable[[str, Server, Memory], "PersonalUpstream"]


class PersonalUpstream(Upstream):
    """A server as one subject sees it."""

    __slots__ = ("at_hand",)

    at_hand: Callable[[], Awaitable[str]]
    """What proves the subject at this moment, empty if there is nothing; raises UpstreamFailed."""

    async def listing(self, plural: str) -> Listing:
        """A list; where nobody has connected the server yet, its tools are one with which that begins."""
        try:
            return await super().listing(plural)
        except ConnectionNeeded:
            if plural != "tools":
                raise
            return _unconnected(self.name)

    def letter(self, outgoing: Outgoing, hole: bytes) -> None:
        """Nothing is written ahead: it would be sent for whoever comes next."""
        return

    async def is_connected(self) -> bool:
        """Whether somebody connected it, as far as its tools show; raises ConnectionNeeded with the link if not."""
        return CONNECT not in (await super().listing("tools")).things


class Person(Struct, eq=False):
    """One caller's servers."""

    upstreams: Mapping[str, Upstream]
    catalogue: Catalogue
    locator: Locator
    someone: list[Someone]
    """As whom it comes to them."""


def meet(upstreams: Mapping[str, Upstream], may: May, someone: list[Someone] | None = None) -> Person:
    """A caller with these servers."""
    catalogue = Catalogue(upstreams)
    return Person(upstreams, catalogue, Locator(catalogue, upstreams, may), someone or [])


class Memories:
    """What is known of one server, by whom; it outlives a reload that does not change the server."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[Memory, Someone]] = OrderedDict()

    def find(self, subject: Subject, token: str = "") -> tuple[Memory, Someone]:
        """Of one subject, and of one token of it, where the proof is good for that only."""
        key = f"{subject.name} {token}"
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = (Memory(), Someone(subject))
            if len(self._known) > _MOST:
                self._known.popitem(last=False)[1][0].drain()
        self._known.move_to_end(key)
        return found

    def forget(self, subject: str) -> None:
        """A subject's connection is not what it was: what is known by it is asked for anew."""
        for memory, someone in self._known.values():
            if someone.subject.name == subject:
                someone.forget()
                memory.listings.clear()

    def drain(self) -> None:
        """The server is configured no more, or otherwise."""
        for memory, _ in self._known.values():
            memory.drain()


class People:
    """All callers of a gateway, as far as its servers tell them apart."""

    def __init__(
        self,
        servers: Mapping[str, Server],
        shared: Mapping[str, Upstream],
        make: Make,
        may: May,
        surroundings: Surroundings,
    ) -> None:
        """`shared` are the servers that everybody sees alike; `make` makes one of the others."""
        self._shared = shared
        self._make = make
        self._may = may
        self._surroundings = surroundings
        self._kinds = {name: kind for name, each in servers.items() if (kind := personal(each)) is not None}
        self._of_token = any(each.is_of_token() for each in self._kinds.values())
        self._servers = servers
        adopt = surroundings.keep.adopt
        self._memories = {name: adopt(f"mcp.people.{name}", servers[name], Memories) for name in self._kinds}
        self._known: OrderedDict[tuple[str, str, str], Person] = OrderedDict()
        self.tell: Tell = _nobody
        """Tells those who listen that a server's lists are not what they were."""
        surroundings.bus.offer(CHANGED, self.hear)

    async def hear(self, stream: BusStream, opening: bytes) -> None:
        """A connection to a server was made, or has ended (core.bus.Service)."""
        server, _, subject = opening.decode("utf-8", "replace").partition("\0")
        memories = self._memories.get(server)
        if memories is not None:
            memories.forget(subject)
            self.tell(server, lambda exchange: self._is(exchange, server, subject))

    def _is(self, exchange: Exchange, server: str, subject: str) -> bool:
        """Whether the caller of an exchange comes to a server as this subject."""
        try:
            return exchange.principal is not None and self._kinds[server].subject(exchange.principal).name == subject
        except Forbidden:
            return False

    def of(self, exchange: Exchange) -> Person:
        """The caller of an exchange."""
        principal = exchange.principal
        name = person(principal).name if principal is not None else ""
        token = _digest(exchange) if self._of_token else ""
        key = (name, principal.team if principal is not None else "", token)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._meet(exchange)
            if len(self._known) > _MOST:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        for each in known.someone:
            each.met(exchange)
        return known

    def each(self, server: str) -> list[Upstream]:
        """A server as everybody who came lately sees it."""
        return [each.upstreams[server] for each in self._known.values() if server in each.upstreams]

    def _meet(self, exchange: Exchange) -> Person:
        upstreams, someone = dict[str, Upstream](), list[Someone]()
        for name, server in self._servers.items():
            kind = self._kinds.get(name)
            if kind is None:
                upstreams[name] = self._shared[name]
                continue
            upstream, own = self._introduce(name, server, kind, exchange)
            upstreams[name] = upstream
            someone.append(own)
        return meet(upstreams, self._may, someone)

    def _introduce(self, name: str, server: Server, kind: Personal, exchange: Exchange) -> tuple[Upstream, Someone]:
        principal = exchange.principal
        try:
            if principal is None:
                raise Forbidden("nobody knows who you are")
            subject = kind.subject(principal)
        except Forbidden as error:
            subject, kind = Subject(key="-"), _Barred(reason=error.message)
        memory, someone = self._memories[name].find(subject, _digest(exchange) if kind.is_of_token() else "")
        bound = replace(server, credential=Bound(kind=kind, place=name, person=someone))
        upstream = self._make(name, bound, memory)
        upstream.at_hand = partial(kind.at_hand, name, someone, self._surroundings)
        return upstream, someone


class _Barred(Personal):
    """Somebody who can have no proof."""

    reason: str
    """Why."""

    def prove(self, place: str, person: Someone, client: "Client", surroundings: Surroundings) -> Proof:
        """None."""
        return _NoProof(self.reason)


class _NoProof:
    body_limit = 0

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def lines(self, request: object) -> bytes:
        raise CredentialFailed(self._reason)

    def rejected(self, lines: bytes) -> bool:
        return False

    def secrets(self) -> tuple[bytes, ...]:
        return ()


def _digest(exchange: Exchange) -> str:
    """Of the token that the caller shows; two with different rights are two callers."""
    return sha256(exchange.request.fields.get(b"authorization", b"")).hexdigest()


def _nobody(server: str, concerns: Callable[[Exchange], bool]) -> None:
    return


def personal(server: Server) -> Personal | None:
    """The credential of a server to which callers come each with a proof of their own."""
    credential = server.credential
    return credential if isinstance(credential, Personal) and not credential.is_shared() else None


def bound_to_all(name: str, credential: Credential | None) -> Credential | None:
    """A credential as the endpoint of a server that everybody shares takes it."""
    if isinstance(credential, Personal):
        return Bound(kind=credential, place=name, person=Someone(GATEWAY))
    return credential


def _unconnected(server: str) -> Listing:
    described = {
        "name": CONNECT,
        "title": f"Connect {server}",
        "description": f"{server} is not connected yet, and so none of its tools can be shown. Call this to get the "
        "link under which the user lets this gateway act for them there; then list the tools again.",
        "inputSchema": {"type": "object"},
        "annotations": {"readOnlyHint": True},
    }
    tool = Thing(CONNECT, {name: Raw(encode(value)) for name, value in described.items()}, {})
    return Listing({CONNECT: tool}, clock.monotonic() + _UNCONNECTED_SECONDS)
