"""Sends people to an identity provider to log in, and takes them back."""

import hmac
from collections.abc import Mapping

from trigate.core.errors import BadRequest, NotFound
from trigate.portal.archive import Archive
from trigate.portal.browser import Browsers
from trigate.portal.page import read_fields
from trigate.portal.pages.login import enter
from trigate.portal.provider import CALLBACK, KIND, Provider, digest_browser, read_errand
from trigate.portal.reply import redirect
from trigate.portal.session import LOGIN, Sessions, check_next
from trigate.portal.visit import Answer, Visit


class ProviderLogin:
    """`/oauth/login/NAME` and `/oauth/callback`."""

    def __init__(
        self, providers: Mapping[str, Provider], archive: Archive, sessions: Sessions, browsers: Browsers
    ) -> None:
        self._providers = providers
        self._archive = archive
        self._sessions = sessions
        self._browsers = browsers

    async def answer(self, visit: Visit) -> Answer:
        """See Page."""
        fields = read_fields(visit.query)
        return await self._receive(visit, fields) if visit.path == CALLBACK else await self._leave(visit, fields)

    async def _leave(self, visit: Visit, fields: Mapping[str, str]) -> Answer:
        provider = self._providers.get(visit.path.removeprefix(f"{LOGIN}/"))
        if provider is None:
            raise NotFound("there is no identity provider of this name")
        browser, told = self._browsers.greet(visit)
        return redirect(await provider.leave(browser, check_next(fields.get("next", ""))), told)

    async def _receive(self, visit: Visit, fields: Mapping[str, str]) -> Answer:
        slip = await self._archive.take(KIND, fields.get("state", ""))
        errand = read_errand(slip.body) if slip is not None and not slip.taken else None
        browser = digest_browser(self._browsers.cookie(visit, "browser"))
        if errand is None or errand.provider not in self._providers:
            raise BadRequest("this login was begun too long ago, or has ended already: begin again")
        if not hmac.compare_digest(browser, errand.browser):
            raise BadRequest("this login was begun in another browser: begin again")
        session = await self._providers[errand.provider].receive(errand, fields)
        return enter(session, await self._sessions.begin(visit, session), errand.next)
