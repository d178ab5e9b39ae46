"""Asks a token endpoint (RFC 6749 §3.2), and takes tokens back (RFC 7009)."""

from typing import Any
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from trigate.core.errors import CredentialFailed, UpstreamFailed
from trigate.outbound.oauth.client_identity import ClientIdentity
from trigate.outbound.oauth.reach import Reach


class Refused(CredentialFailed):
    """The token endpoint refuses the grant, or the gateway as a client."""

    code = "upstream.grant_refused"
    reason: str = ""
    """The error code of the endpoint (RFC 6749 §5.2), such as `invalid_grant`."""


class Answer(Struct, frozen=True):
    """What a token endpoint gives (RFC 6749 §5.1, RFC 8693 §2.2.1)."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the kind of a token
    expires_in: float | None = None
    refresh_token: str = ""
    scope: str = ""
    issued_token_type: str = ""

    def __repr__(self) -> str:
        return "Answer()"


class _Failure(Struct):
    error: Any = ""


async def ask_token(reach: Reach, url: str, issuer: str, form: dict[str, str], client: ClientIdentity) -> Answer:
    """A token for a grant; raises Refused, and UpstreamFailed while that cannot be known."""
    proof, fields = client.prove(issuer)
    wanted = {name: value for name, value in (form | proof).items() if value}
    reply = await reach.post(url, urlencode(wanted).encode(), fields)
    if 400 <= reply.status < 500 and reply.status not in (408, 429):
        reason = reason_of(reply.body)
        refused = Refused(f"the token endpoint of {issuer} refused: {reason or 'without a reason'}")
        refused.reason = reason
        raise refused
    if reply.status != 200:
        raise UpstreamFailed(f"the token endpoint of {issuer} answered {reply.status}")
    try:
        answer = msgspec.json.decode(reply.body, type=Answer, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise UpstreamFailed(f"the token endpoint of {issuer} answered something that is no token") from None
    if not is_bearer(answer.access_token):
        raise CredentialFailed(f"the token that {issuer} gave does not fit into a header field")
    return answer


async def take_back(reach: Reach, url: str, issuer: str, token: str, client: ClientIdentity) -> None:
    """Have a refresh token, and so all that came of it, forgotten; raises UpstreamFailed if that was not heard."""
    proof, fields = client.prove(issuer)
    form = {"token": token, "token_type_hint": "refresh_token"} | proof
    reply = await reach.post(url, urlencode(form).encode(), fields)
    if reply.status >= 400:
        raise UpstreamFailed(f"{issuer} answered {reply.status} when a token was to be taken back")


def is_bearer(text: str) -> bool:
    """Whether a token can be sent as it is (RFC 6750 §2.1, read generously)."""
    return bool(text) and text.isascii() and text.isprintable() and " " not in text


def reason_of(body: bytes) -> str:
    """The error code; never the description, which may quote what was sent."""
    try:
        code = msgspec.json.decode(body, type=_Failure).error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    usable = isinstance(code, str) and code.isascii() and code.replace("_", "").isalnum() and len(code) <= 64
    return code if usable else ""
