"""What a client asks a person for: read strictly, and sealed into the form that the person agrees with."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from urllib.parse import quote

import msgspec
from msgspec import Struct

from trigate.core.clock import clock
from trigate.core.errors import BadRequest, VaultSealed
from trigate.portal.client import Client
from trigate.portal.grant import find_resource, narrow
from trigate.portal.refused import Refused
from trigate.portal.resource import Resources

GOOD_NS = 600 * 10**9
"""How long somebody may think about it."""
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
LONGEST_STATE = 4096


class Request(Struct, frozen=True, kw_only=True):
    """One, checked."""

    client: str
    title: str
    redirect: str
    challenge: str
    resource: str
    path: str
    scope: str
    state: str = ""
    until: int = 0
    """Nanoseconds since the epoch; of one that is shown to a person."""


def read_request(fields: Mapping[str, str], client: Client, redirect: str, resources: Resources) -> Request:
    """What the client asks for; raises Refused with what it is told at its redirect URI."""
    if fields.get("response_type") != "code":
        raise Refused("unsupported_response_type", "`response_type` is `code`")
    if "authorization_code" not in client.grants:
        raise Refused("unauthorized_client", "this client asks nobody")
    if "request" in fields or "request_uri" in fields:
        raise Refused("request_not_supported", "send the parameters themselves")
    if fields.get("response_mode", "query") != "query":
        raise Refused("invalid_request", "`response_mode` is `query`")
    if fields.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(fields.get("code_challenge", "")):
        raise Refused("invalid_request", "a `code_challenge` of method S256 is needed (PKCE)")
    resource = find_resource(resources, fields)
    return Request(
        client=client.id,
        title=client.title,
        redirect=redirect,
        challenge=fields["code_challenge"],
        resource=resources.identifier(resource),
        path=resource.path,
        scope=narrow(fields.get("scope", ""), resource.scopes),
        state=fields.get("state", ""),
    )


class Envelope:
    """Seals a request for one browser, so that what is agreed with is what was shown."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def close(self, request: Request, browser: str, user: str) -> str:
        """The request as the form carries it."""
        from trigate.store.seal import seal  # noqa: PLC0415 - loads the cipher, for which the rest has no use

        timed = msgspec.structs.replace(request, until=clock.wall_ns() + GOOD_NS)
        sealed = seal(self._key, msgspec.json.encode(timed), "a request", browser, user)
        return urlsafe_b64encode(sealed).decode()

    def open(self, text: str, browser: str, user: str) -> Request:
        """The request of a form; raises BadRequest for one of another browser or user, or one shown too long ago."""
        from trigate.store.seal import unseal  # noqa: PLC0415 - as above

        try:
            content = unseal(self._key, urlsafe_b64decode(text), "a request", browser, user)
            request = msgspec.json.decode(content, type=Request)
        except (VaultSealed, ValueError):
            raise BadRequest("this form was made for somebody else: begin again at the client") from None
        if request.until < clock.wall_ns():
            raise BadRequest("this form is too old: begin again at the client")
        return request


def answer_to(redirect: str, issuer: str, state: str, **answer: str) -> str:
    """The redirect URI with an answer: always the state it came with, and who answers (RFC 9207)."""
    given = {**answer, **({"state": state} if state else {}), "iss": issuer}
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in given.items())
    return f"{redirect}{'&' if '?' in redirect else '?'}{query}"
