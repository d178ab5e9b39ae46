"""How servers are reached: by the transport that their settings name, or the one that is found out."""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from trigate.core.surroundings import Surroundings
from trigate.mcp.asker import Desk
from trigate.mcp.person import bound_to_all
from trigate.mcp.probing import Probing
from trigate.mcp.settings import Server
from trigate.mcp.transport import Transport
from trigate.mcp.transports.http_sse import HttpSse
from trigate.mcp.transports.stdio import Stdio
from trigate.mcp.transports.streamable_http import StreamableHttp
from trigate.mcp.upstream import Memory, Upstream
from trigate.policy.offer import teller

if TYPE_CHECKING:
    from trigate.outbound.client import Client


def shared_upstream(name: str, server: Server, client: "Client", surroundings: Surroundings, desk: Desk) -> Upstream:
    """A server that is the same to all callers; what is known of it outlives reloads."""
    bound = replace(server, credential=bound_to_all(name, server.credential))
    transport = transport_of(name, bound, client, surroundings)
    memory = surroundings.keep.adopt(f"mcp.server.{name}", server, Memory)
    upstream = Upstream(name, server, transport, memory, surroundings, desk)
    upstream.offer = teller(surroundings.bus, name)
    return upstream


def transport_of(name: str, server: Server, client: "Client", surroundings: Surroundings) -> Transport:
    """The way to a server."""
    if not server.url:
        return Stdio(name, server, surroundings)
    if server.transport == "sse":
        return HttpSse(name, server, client, surroundings)
    if server.transport == "streamable_http" or server.era == "modern":
        return StreamableHttp(name, server, client, surroundings)
    return Probing(name, server, client, surroundings)
