"""What the file says about connections to one server, as the control process needs it."""

from typing import Literal

from msgspec import Struct

from trigate.outbound.oauth.client_identity import ClientIdentity

DOCUMENT = "/connect/client.json"
"""Where the gateway describes itself as a client."""
CALLBACK = "/connect/callback"
"""Where browsers come back to."""


class Plan(Struct, frozen=True):
    """How connections to a server are made."""

    server: str
    """Its configured name."""
    url: str
    per: Literal["user", "team", "gateway"]
    scope: tuple[str, ...] = ()
    """Asked for in place of what the server says."""
    issuer: str = ""
    client: ClientIdentity | None = None
    """Registered beforehand."""
    document: str = ""
    """Address of the document that describes the gateway as a client."""
    callback: str = ""
    """Where browsers come back to; empty if the gateway does not know its own address."""
    offline: bool = True
    """Whether to ask for `offline_access` where it is offered."""
    name: str = "Trigate"
    """How the gateway introduces itself."""
