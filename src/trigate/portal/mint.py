"""Access and refresh tokens: what a login is given, and how a refresh token is known again without being kept."""

import hmac
import os
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

from msgspec import Struct

from trigate.core.clock import clock
from trigate.portal.authorization_settings import AuthorizationSettings
from trigate.portal.signing import Signing
from trigate.store.login import Login

REFRESH = "tgr_"
SECOND = 10**9


class Refresh(Struct, frozen=True):
    """What a refresh token says: which login, and how often it was exchanged before."""

    login: str
    generation: int


class Mint:
    """Makes tokens."""

    def __init__(self, settings: AuthorizationSettings, url: str, signing: Signing, key: bytes) -> None:
        """`url` is the issuer; refresh tokens are proved by `key`, the same in every process."""
        self.settings = settings
        self.url = url
        self._signing = signing
        self._key = key

    async def tokens(self, login: Login, known: bool = True, *, refreshable: bool = False) -> dict[str, Any]:
        """The answer of the token endpoint (RFC 6749 §5.1); `known`: the user is one of the store."""
        now = clock.wall_ns() // SECOND
        lasts = max(1, min(int(self.settings.access_token), login.expires // SECOND - now))
        claims: dict[str, Any] = {
            "iss": self.url, "sub": login.user or login.client, "aud": login.resource, "client_id": login.client,
            "scope": login.scope, "iat": now, "exp": now + lasts, "jti": os.urandom(12).hex(), "login": login.id,
        }  # fmt: skip
        further = {
            "user": login.user, "key": login.key, "known": known and bool(login.user),
            "organisation": login.organisation, "servers": login.servers if login.servers != ("*",) else (),
        }  # fmt: skip
        claims |= {name: value for name, value in further.items() if value}
        told: dict[str, Any] = {
            "access_token": await self._signing.sign(claims),
            "token_type": "Bearer",
            "expires_in": lasts,
            "scope": login.scope,
        }
        return told | ({"refresh_token": self.refresh_token(login.id, login.generation)} if refreshable else {})

    def refresh_token(self, login: str, generation: int) -> str:
        """Of the login's generation: the same one, whoever asks and whenever."""
        return f"{REFRESH}{login}.{generation}.{self._proof(login, generation)}"

    def read_refresh(self, token: str) -> Refresh | None:
        """What a refresh token says, None if it was not made here."""
        login, _, rest = token.removeprefix(REFRESH).partition(".")
        number, _, proof = rest.partition(".")
        if not token.startswith(REFRESH) or not number.isascii() or not number.isdigit() or len(number) > 12:
            return None
        if not hmac.compare_digest(proof.encode(), self._proof(login, int(number)).encode()):
            return None
        return Refresh(login, int(number))

    def _proof(self, login: str, generation: int) -> str:
        made = hmac.new(self._key, f"{login}.{generation}".encode(), sha256).digest()
        return urlsafe_b64encode(made).rstrip(b"=").decode()
