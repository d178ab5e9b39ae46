"""The caller's own token, exchanged for one that a server accepts: it is never passed on as it is (RFC 8693)."""

from collections.abc import Awaitable, Callable
from typing import Literal

from trigate.core.errors import CredentialFailed
from trigate.outbound.access_token import AccessTokens, Token
from trigate.outbound.oauth.client_identity import ClientIdentity
from trigate.outbound.oauth.token_request import Answer
from trigate.outbound.personal import Person

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
ASSERTION_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_TYPES = "urn:ietf:params:oauth:token-type:"

TokenType = Literal["access_token", "id_token", "jwt", "saml2"]


def type_of(name: str) -> str:
    """A kind of token, as RFC 8693 §3 spells it."""
    return _TYPES + name


def subject_of(person: Person, kind: TokenType) -> dict[str, str]:
    """Who it is about, for a form; raises CredentialFailed for callers who came with no token of an issuer."""
    if not person.token:
        raise CredentialFailed(
            "this server needs a token of the caller's identity provider; an API key or a login at the gateway is none"
        )
    return {"subject_token": person.token, "subject_token_type": type_of(kind)}


def client_of(client_id: str, secret: str, *, posts: bool = False) -> ClientIdentity:
    """Who the gateway is at a token endpoint; without an id, nobody in particular."""
    return ClientIdentity(
        client_id, secret, "none" if not secret else "client_secret_post" if posts else "client_secret_basic"
    )


def exchanged(place: str, get: Callable[[], Awaitable[Answer]]) -> AccessTokens:
    """What proves a person by tokens that `get` gets; each is used until it runs out."""

    async def fetch(_: str) -> Token:
        answer = await get()
        return Token(answer.access_token, answer.expires_in)

    return AccessTokens(f"server {place!r}", fetch)
