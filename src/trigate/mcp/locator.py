"""Which server a caller's message concerns, and what that server calls the thing it is about."""

from collections.abc import Mapping

from trigate.core.action import Action
from trigate.core.errors import UpstreamFailed
from trigate.core.exchange import Exchange
from trigate.core.request import Request
from trigate.mcp import refusal
from trigate.mcp.ask import Ask, arguments
from trigate.mcp.catalogue import Catalogue, May
from trigate.mcp.completion import own_reference, reference
from trigate.mcp.envelope import read_text
from trigate.mcp.fault import INVALID_PARAMS, Fault
from trigate.mcp.listing import KINDS
from trigate.mcp.method import NOTE
from trigate.mcp.mirror import check_params
from trigate.mcp.resource_uri import apart, taken_apart
from trigate.mcp.upstream import Upstream
from trigate.mcp.view import unknown

_RESOURCES, _TEMPLATES, _TOOLS = KINDS["resources/list"], KINDS["resources/templates/list"], KINDS["tools/list"]
_NAMED = {"tool": _TOOLS, "prompt": KINDS["prompts/list"]}
_LONGEST_NAME, _LONGEST_URI = 1024, 8192
"""Most bytes of what a caller may call a tool or prompt, and a resource."""


class Locator:
    """Finds the place of every message."""

    __slots__ = ("_catalogue", "_may", "_upstreams")

    def __init__(self, catalogue: Catalogue, upstreams: Mapping[str, Upstream], may: May) -> None:
        self._catalogue = catalogue
        self._upstreams = upstreams
        self._may = may

    def place(self, exchange: Exchange, ask: Ask) -> Action:
        """Find the server an ask concerns, and name the act; raises Fault.

        Where lists must be fetched for that, the act is the endpoint's own, and `find` goes on.
        """
        method, view = ask.method or NOTE, ask.view
        if method.way == "list":
            return Action(method.action, "server/*")
        if method.way in {"local", "listen"}:
            return Action(method.action, view.resource)
        if method.way == "complete":
            kind, subject = reference(ask)
        else:
            kind, subject = method.kind, read_text(ask.params.get(method.member), method.member)
        _check_length(kind, subject)
        if not (self._own(exchange, ask, subject) if kind == "resource" else self._name(exchange, ask, kind, subject)):
            return Action(method.action, view.resource)
        if method.way == "complete" and ask.fault is None:
            ask.params["ref"] = own_reference(ask)
        return Action(method.action, f"server/{ask.server}/{kind}/{ask.subject}")

    async def find(self, exchange: Exchange, ask: Ask) -> Action:
        """The same with lists fetched before; raises Fault."""
        method = ask.method or NOTE
        kind = reference(ask)[0] if method.way == "complete" else method.kind
        if kind == "resource":
            for each in (_RESOURCES, _TEMPLATES):
                await self._catalogue.load(ask.view, each)
            if not self._own(exchange, ask, ask.subject):
                raise ask.fault or refusal.no_resource(ask)
            if method.way == "complete":
                ask.params["ref"] = own_reference(ask)
        else:
            await self._find_name(exchange, ask, kind)
        return Action(method.action, f"server/{ask.server}/{kind}/{ask.subject}")

    # --- tools and prompts --------------------------------------------------------------------------------------

    def _name(self, exchange: Exchange, ask: Ask, kind: str, shown: str) -> bool:
        """Find out server and own name of a tool or prompt; False if the server's list must be fetched for that."""
        try:
            ask.server, ask.subject = self._catalogue.place(ask.view, _NAMED[kind], shown)
            if not ask.subject:
                ask.server, ask.subject = "", shown
                return False
            if kind == "tool":
                self._shape(exchange.request, ask)
        except Fault as fault:
            ask.fault = fault
            if not ask.subject:
                ask.server, ask.subject = ask.view.split(shown)
        return True

    def _shape(self, request: Request, ask: Ask) -> None:
        """Check what header fields repeat of the arguments, and complete the arguments for the server."""
        shape = ask.view.shape(ask.server, ask.subject)
        if ask.era == "modern":
            tool = self._catalogue.thing(ask.server, _TOOLS, ask.subject)
            if tool is not None and tool.mirrored:
                wanted = tool.mirrored if shape is None else shape.seen(tool.mirrored)
                check_params(wanted, arguments(ask), request.fields)
        if shape is not None and shape.fills:
            ask.params["arguments"] = shape.fill(ask.params.get("arguments"))

    async def _find_name(self, exchange: Exchange, ask: Ask, kind: str) -> None:
        """Learn from its server what a shown name stands for; what is wrong is told to those alone who may use it."""
        shown = ask.subject
        server, name = ask.view.split(shown)
        try:
            await self._upstreams[server].listing(_NAMED[kind].plural)
        except UpstreamFailed as error:
            ask.fault = error
        if ask.fault is None and not self._name(exchange, ask, kind, shown):
            ask.fault = unknown(shown, kind)
        if ask.fault is not None:
            ask.server, ask.subject = server, name
        elif (ask.method or NOTE).way == "complete":
            ask.params["ref"] = own_reference(ask)

    # --- resources ----------------------------------------------------------------------------------------------

    def _own(self, exchange: Exchange, ask: Ask, uri: str) -> bool:
        """Find out whose a resource is; False if nobody's is known, or if more than one server has it."""
        ask.subject, ask.server = uri, ""
        if self._is_apart(exchange, ask, uri):
            return True
        owners = self._catalogue.owners(ask.view, uri, lambda server: self._reads(exchange, ask, server, uri))
        if len(owners) == 1:
            ask.server = owners[0]
        elif owners:
            ask.fault = _ambiguous(uri, owners)
        return bool(ask.server)

    def _is_apart(self, exchange: Exchange, ask: Ask, uri: str) -> bool:
        """Whether the address names the server, and the caller may use that."""
        parts = taken_apart(uri)
        if parts is None:
            return False
        server, own = parts
        view = ask.view
        if server not in view.servers or not view.shows(server, "resource", own):
            return False
        if not own or not self._reads(exchange, ask, server, own):
            return False
        ask.server, ask.subject, ask.apart = server, own, True
        return True

    def _reads(self, exchange: Exchange, ask: Ask, server: str, uri: str) -> bool:
        return self._may(exchange, Action((ask.method or NOTE).action, f"server/{server}/resource/{uri}"))


def _ambiguous(uri: str, servers: list[str]) -> Fault:
    """More than one server has it, and which is meant is not for the gateway to guess."""
    addresses = [apart(each, uri)[:300] for each in servers]
    message = f"servers {' and '.join(servers)} both have resource {uri[:200]}; ask for {' or '.join(addresses)}"
    return Fault(INVALID_PARAMS, message, {"uri": uri[:200], "uris": addresses})


def _check_length(kind: str, subject: str) -> None:
    """Raises Fault for a name no server would give: names are part of actions, and so of what is recorded."""
    longest = _LONGEST_URI if kind == "resource" else _LONGEST_NAME
    if len(subject.encode()) > longest:
        raise Fault(INVALID_PARAMS, f"the {kind}'s name or URI is longer than {longest} bytes")
