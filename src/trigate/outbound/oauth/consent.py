"""From a link to an agreement: what is asked for, where the browser goes, and what must come back (RFC 6749 §4.1)."""

import base64
import hmac
import os
from hashlib import sha256
from urllib.parse import urlencode, urlsplit

from msgspec import Struct

from trigate.core.clock import clock
from trigate.core.connection import Subject
from trigate.core.errors import CredentialFailed
from trigate.outbound.oauth.challenge import Challenge, scopes
from trigate.outbound.oauth.discovery import AuthorizationServer, Found
from trigate.outbound.oauth.plan import Plan

LINK_SECONDS = 600
"""How long a link, and then the way to the authorization server and back, may take."""
OFFLINE = "offline_access"


class Ticket(Struct, frozen=True):
    """A link: somebody may connect this subject to this server."""

    server: str
    subject: Subject
    scope: tuple[str, ...]
    issuer: str
    metadata: str
    """Where the server's challenge said that its metadata lies."""
    expires: int
    """Seconds since the epoch."""


class Passage(Struct, frozen=True):
    """A browser on its way: the `state` that comes back."""

    ticket: Ticket
    client_id: str
    resource: str
    verifier: str
    browser: bytes
    """Digest of the cookie that the browser holds."""
    expires: int
    nonce: str
    """It comes back once."""

    def __repr__(self) -> str:
        return "Passage()"


def wanted_scope(plan: Plan, challenge: Challenge, found: Found, asked: tuple[str, ...]) -> tuple[str, ...]:
    """What to ask for: what the challenge says, else the server's metadata, else nothing (2025-11-25, scope selection).

    What was asked for before is asked for again, or it would be lost (2026-07-28, scope challenges).
    """
    told = scopes(challenge.scope) or frozenset(found.resource.scopes_supported)
    wanted = (frozenset(plan.scope) or told) | frozenset(asked)
    if challenge.wants_more:
        wanted |= scopes(challenge.scope)
    if plan.offline and OFFLINE in found.server.scopes_supported:
        wanted |= {OFFLINE}
    return tuple(sorted(wanted))


def check_server(server: AuthorizationServer) -> None:
    """Raises CredentialFailed for an authorization server with which no code could be kept from being stolen."""
    if not server.authorization_endpoint:
        raise CredentialFailed(f"{server.issuer} has no page on which anybody could agree")
    if "S256" not in server.code_challenge_methods_supported:
        raise CredentialFailed(f"{server.issuer} does not say that it supports PKCE with S256: nobody is sent there")


def expiry() -> int:
    """Until when what begins now must be done, in seconds since the epoch."""
    return clock.wall_ns() // 10**9 + LINK_SECONDS


def has_expired(expires: int) -> bool:
    """Whether it is too late."""
    return clock.wall_ns() // 10**9 >= expires


def new_secret() -> str:
    """A verifier (RFC 7636 §4.1): 256 bits."""
    return _text(os.urandom(32))


def digest_cookie(cookie: str) -> bytes:
    """What a passage remembers of the browser."""
    return sha256(cookie.encode()).digest()


def is_same_browser(passage: Passage, cookie: str) -> bool:
    """Whether it came back to the browser that left."""
    return bool(cookie) and hmac.compare_digest(passage.browser, digest_cookie(cookie))


def authorize_url(server: AuthorizationServer, passage: Passage, state: str, callback: str) -> str:
    """Where the browser goes (RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 8707 §2)."""
    query = {
        "response_type": "code",
        "client_id": passage.client_id,
        "redirect_uri": callback,
        "scope": " ".join(passage.ticket.scope),
        "state": state,
        "resource": passage.resource,
        "code_challenge": _text(sha256(passage.verifier.encode()).digest()),
        "code_challenge_method": "S256",
    }
    text = urlencode({name: value for name, value in query.items() if value})
    return server.authorization_endpoint + ("&" if urlsplit(server.authorization_endpoint).query else "?") + text


def check_issuer(server: AuthorizationServer, told: str | None) -> None:
    """Raises CredentialFailed unless the answer comes from the server that was asked (RFC 9207 §2.4).

    Compared letter by letter; nothing else of an answer that fails is looked at, its error included.
    """
    if told is None:
        if server.authorization_response_iss_parameter_supported:
            raise CredentialFailed(f"{server.issuer} says who answers, and this answer does not: it is not trusted")
    elif told != server.issuer:
        raise CredentialFailed(f"the answer is not from {server.issuer}: it is not trusted")


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
