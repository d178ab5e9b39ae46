"""A code, after somebody has logged in and agreed (OAuth 2.1 §4.1.3, with PKCE)."""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from trigate.core.clock import clock
from trigate.portal.archive import Archive
from trigate.portal.client import Client
from trigate.portal.code import GOOD_SECONDS, KIND, Code, read_code
from trigate.portal.mint import Mint
from trigate.portal.refused import Refused
from trigate.portal.registered_client import RegisteredClients
from trigate.store.login import Login

SECOND = 10**9
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class AuthorizationCode:
    """`grant_type=authorization_code`; a code that comes twice ends what came of it (OAuth 2.1 §4.1.3)."""

    def __init__(self, archive: Archive, mint: Mint, registered: RegisteredClients) -> None:
        self._archive = archive
        self._mint = mint
        self._registered = registered

    async def named(self, form: Mapping[str, str]) -> str:
        """See Grant."""
        slip = await self._archive.find(KIND, form.get("code", ""))
        return read_code(slip.body).client if slip is not None else ""

    async def redeem(self, client: Client, form: Mapping[str, str]) -> dict[str, Any]:
        """See Grant."""
        slip = await self._archive.take(KIND, form.get("code", ""))
        if slip is None:
            raise Refused("invalid_grant", "the code is not known, or too old")
        code = read_code(slip.body)
        if slip.taken:
            await self._archive.end(code.login, f"client:{client.id}")
            raise Refused("invalid_grant", "the code was used before: what came of it has been revoked")
        _check(code, client, form)
        now = clock.wall_ns()
        refreshable = "refresh_token" in client.grants
        life = self._mint.settings.idle if refreshable else self._mint.settings.access_token
        login = Login(
            id=code.login, user=code.user, client=client.id, title=code.title, resource=code.resource, scope=code.scope,
            how=code.how, key=code.key, servers=code.servers, organisation=code.organisation, created=now, used=now,
            expires=now + int(life * SECOND),
        )  # fmt: skip
        if not await self._archive.begin(login, KIND, form["code"]):
            raise Refused("invalid_grant", "the person's logins have just been ended")
        await self._registered.use(client)
        return await self._mint.tokens(login, code.known, refreshable=refreshable)


def _check(code: Code, client: Client, form: Mapping[str, str]) -> None:
    verifier = form.get("code_verifier", "")
    if not _VERIFIER.fullmatch(verifier) or not hmac.compare_digest(challenge_of(verifier), code.challenge):
        raise Refused("invalid_grant", "`code_verifier` is not what the challenge was made of")
    if code.client != client.id or form.get("redirect_uri", code.redirect) != code.redirect:
        raise Refused("invalid_grant", "the code was given to another client, or for another redirect URI")
    if clock.wall_ns() - code.made > GOOD_SECONDS * SECOND:
        raise Refused("invalid_grant", "the code is too old")
    if form.get("resource", code.resource).removesuffix("/") != code.resource:
        raise Refused("invalid_target", "the code was given for another endpoint")


def challenge_of(verifier: str) -> str:
    """RFC 7636 §4.2, method S256."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
