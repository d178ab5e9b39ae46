"""Who the gateway is at an authorization server, and how it proves that at the token endpoint (RFC 6749 §2.3)."""

from base64 import b64encode
from typing import Literal
from urllib.parse import quote_plus

from msgspec import Struct

from trigate.core.parts import Headers

Method = Literal["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]
METHODS: tuple[Method, ...] = ("client_secret_basic", "client_secret_post", "none")
"""Those that need no key, the one that is preferred first."""


class ClientIdentity(Struct, frozen=True):
    """A client of one authorization server."""

    id: str
    secret: str = ""
    method: Method = "none"
    private_key: str = ""
    """PEM, for private_key_jwt."""
    key_id: str = ""
    source: Literal["file", "document", "registration"] = "file"
    """Where it comes from: only what was registered is kept with a connection."""

    def __repr__(self) -> str:
        return f"ClientIdentity({self.id!r})"

    def prove(self, audience: str) -> tuple[dict[str, str], Headers]:
        """Members of the form and header fields of a request to the token endpoint; `audience` is the issuer."""
        match self.method:
            case "client_secret_basic":
                return {}, [(b"authorization", basic(self.id, self.secret))]
            case "client_secret_post":
                return {"client_id": self.id, "client_secret": self.secret}, []
            case "private_key_jwt":
                from trigate.outbound.oauth.assertion import TYPE, client_assertion  # noqa: PLC0415 - few need keys

                assertion = client_assertion(self.private_key, self.id, audience, self.key_id)
                return {"client_id": self.id, "client_assertion_type": TYPE, "client_assertion": assertion}, []
            case _:
                return {"client_id": self.id}, []


def basic(client_id: str, client_secret: str) -> bytes:
    """Name and secret, form-encoded before they are joined (RFC 6749 §2.3.1)."""
    return b"Basic " + b64encode(f"{quote_plus(client_id)}:{quote_plus(client_secret)}".encode())


def choose_method(supported: tuple[str, ...], secret: str) -> Method:
    """How to prove a client, given what the authorization server takes."""
    if not secret:
        return "none"
    for each in METHODS:
        if each in supported:
            return each
    return METHODS[0]
