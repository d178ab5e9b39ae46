"""Authorization codes: what one stands for between the consent of a person and the client that redeems it."""

import secrets

import msgspec
from msgspec import Struct

from trigate.portal.archive import Archive

KIND = "code"
GOOD_SECONDS = 60.0
"""How long one is good."""
REMEMBERED_SECONDS = 900.0
"""How long one is remembered: whoever shows it again has stolen it, or was robbed of it."""


class Code(Struct, frozen=True, kw_only=True):
    """One."""

    login: str
    """Id of the login that begins with it."""
    client: str
    title: str
    redirect: str
    challenge: str
    """RFC 7636 §4.2, method S256."""
    resource: str
    scope: str
    user: str
    how: str
    key: str
    servers: tuple[str, ...]
    organisation: str
    known: bool
    made: int
    """Nanoseconds since the epoch."""


async def keep_code(archive: Archive, code: Code) -> str:
    """The code itself, which is kept nowhere."""
    secret = secrets.token_urlsafe(32)
    await archive.keep(KIND, secret, REMEMBERED_SECONDS, code, login=code.login, user=code.user)
    return secret


read_code = msgspec.json.Decoder(Code).decode
