"""A refresh token: exchanged for the next one each time, so that a stolen one shows (OAuth 2.1 §4.3.1)."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from trigate.core.clock import clock
from trigate.policy.scope import covers, read_scopes
from trigate.portal.archive import Archive
from trigate.portal.client import Client
from trigate.portal.grant import narrow
from trigate.portal.mint import Mint
from trigate.portal.refused import Refused
from trigate.portal.standing import Standing
from trigate.store.login import Login

SECOND = 10**9
_OVER = "the login has ended: the person logs in again"


class RefreshToken:
    """`grant_type=refresh_token`; the token before the present one gets the present one, but only for a moment.

    A client whose network failed just then has not seen the present one and asks with the one before, or asks twice at
    once; after the moment of grace whoever shows an old one has stolen it, or was robbed of it: the login ends.
    """

    def __init__(self, archive: Archive, mint: Mint, standing: Standing) -> None:
        self._archive = archive
        self._mint = mint
        self._standing = standing

    async def named(self, form: Mapping[str, str]) -> str:
        """See Grant."""
        shown = self._mint.read_refresh(form.get("refresh_token", ""))
        login = await self._archive.login(shown.login) if shown is not None else None
        return login.client if login is not None else ""

    async def redeem(self, client: Client, form: Mapping[str, str]) -> dict[str, Any]:
        """See Grant."""
        shown = self._mint.read_refresh(form.get("refresh_token", ""))
        login = await self._archive.login(shown.login) if shown is not None else None
        if shown is None or login is None or login.client != client.id:
            raise Refused("invalid_grant", "the refresh token is not known, or its login has ended")
        _check(login, form)
        if not await self._standing.holds(login):
            await self._archive.end(login.id, "portal")
            raise Refused("invalid_grant", _OVER)
        scope = narrow(form.get("scope", ""), login.scope.split())
        turned = await self._turn(login, shown.generation)
        known = await self._standing.known(login)
        # What is asked for less holds for the access token alone (RFC 6749 §6).
        return await self._mint.tokens(replace(turned, scope=scope), known, refreshable=True)

    async def _turn(self, login: Login, generation: int, again: bool = True) -> Login:
        now = clock.wall_ns()
        if generation == login.generation:
            left = login.created + int(self._mint.settings.life * SECOND) - now
            if await self._archive.turn(login, min(self._mint.settings.idle, left / SECOND)):
                return await self._found(login.id)
            if again:  # another process was faster: this is the one before by now
                return await self._turn(await self._found(login.id), generation, again=False)
        grace = int(self._mint.settings.grace * SECOND)
        if generation == login.generation - 1 and now - login.turned <= grace:
            return login
        await self._archive.end(login.id, f"client:{login.client}")
        raise Refused("invalid_grant", "this refresh token was used before: the login has been revoked")

    async def _found(self, id: str) -> Login:
        found = await self._archive.login(id)
        if found is None:
            raise Refused("invalid_grant", _OVER)
        return found


def _check(login: Login, form: Mapping[str, str]) -> None:
    if form.get("resource", login.resource).removesuffix("/") != login.resource:
        raise Refused("invalid_target", "the login is for another endpoint")
    held = login.scope.split()
    if any(not covers(held, each) for each in read_scopes(form.get("scope", ""))):
        raise Refused("invalid_scope", "more is asked for than the person has agreed to")
