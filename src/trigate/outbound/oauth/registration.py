"""How the gateway becomes a client of an authorization server: named before, by a document, or on the spot."""

from typing import Protocol
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from trigate.core.clock import clock
from trigate.core.errors import CredentialFailed
from trigate.outbound.oauth.client_identity import METHODS, ClientIdentity, Method, choose_method
from trigate.outbound.oauth.discovery import AuthorizationServer
from trigate.outbound.oauth.plan import Plan
from trigate.outbound.oauth.reach import Reach

PURPOSE = "client registration"
GRANTS = ("authorization_code", "refresh_token")


class Safe(Protocol):
    """Where registrations are kept, sealed; its methods raise GatewayError."""

    async def secret(self, name: str) -> str | None: ...
    async def keep_secret(self, name: str, secret: str, purpose: str) -> None: ...


class Registration(Struct):
    """What an authorization server answers (RFC 7591 §3.2.1), and what is kept of it."""

    client_id: str
    client_secret: str = ""
    client_secret_expires_at: int = 0
    token_endpoint_auth_method: str = ""


async def identify(plan: Plan, server: AuthorizationServer, reach: Reach, safe: Safe) -> ClientIdentity:
    """Who the gateway is at `server`, in the order of 2025-11-25 (authorization, client registration).

    Credentials belong to the issuer that they were made for, and are shown to no other. Raises CredentialFailed.
    """
    if plan.client is not None:
        if server.issuer != plan.issuer:
            raise CredentialFailed(f"its client is registered at {plan.issuer}, not at {server.issuer}")
        return plan.client
    if server.client_id_metadata_document_supported and plan.document:
        return ClientIdentity(plan.document, source="document")
    if not server.registration_endpoint:
        raise CredentialFailed(f"{server.issuer} registers no clients: set `client_id` and `issuer` of its credential")
    place = registered_name(server.issuer, plan.callback)
    kept = await safe.secret(place)
    known = _read(kept.encode()) if kept else None
    if known is None or _has_ended(known):
        known = await _register(plan, server, reach)
        await safe.keep_secret(place, msgspec.json.encode(known).decode(), PURPOSE)
    return _identity(known, server)


def registered_name(issuer: str, callback: str) -> str:
    """Under which name the vault keeps a registration."""
    return f"client-registration/{issuer}/{callback}"


def describe(name: str, callback: str, method: Method) -> dict[str, object]:
    """The gateway as a client (RFC 7591 §2), the same in a registration and in a document."""
    near = urlsplit(callback).hostname in ("127.0.0.1", "::1", "localhost")
    return {
        "client_name": name,
        "redirect_uris": [callback],
        "grant_types": list(GRANTS),
        "response_types": ["code"],
        "token_endpoint_auth_method": method,
        "application_type": "native" if near else "web",
    }


async def _register(plan: Plan, server: AuthorizationServer, reach: Reach) -> Registration:
    supported = server.token_endpoint_auth_methods_supported
    method = choose_method(supported, "?")
    body = msgspec.json.encode(describe(plan.name, plan.callback, method))
    reply = await reach.post(server.registration_endpoint, body, json=True)
    found = _read(reply.body) if reply.status in (200, 201) else None
    if found is None:
        raise CredentialFailed(f"{server.issuer} did not register the gateway (HTTP {reply.status})")
    return found


def _read(body: bytes) -> Registration | None:
    """A registration, None for what is none."""
    try:
        found = msgspec.json.decode(body, type=Registration)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return found if found.client_id else None


def _has_ended(found: Registration) -> bool:
    """Whether its secret has run out (RFC 7591 §3.2.1)."""
    return 0 < found.client_secret_expires_at <= clock.wall_ns() // 10**9


def _identity(found: Registration, server: AuthorizationServer) -> ClientIdentity:
    supported = server.token_endpoint_auth_methods_supported
    told = (found.token_endpoint_auth_method,) if found.token_endpoint_auth_method in METHODS else ()
    method = choose_method(told or supported, found.client_secret)
    return ClientIdentity(found.client_id, found.client_secret, method, source="registration")
