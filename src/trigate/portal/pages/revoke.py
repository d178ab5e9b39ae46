"""Takes tokens back (RFC 7009): the login they belong to ends, with all its tokens."""

from collections.abc import Mapping

from trigate.core.errors import Unauthenticated
from trigate.policy.json_web_token import read_token
from trigate.portal.archive import Archive
from trigate.portal.client_proof import Clerk, NotGiven
from trigate.portal.mint import Mint
from trigate.portal.page import read_form
from trigate.portal.reply import COMMON, OPEN_TO_PAGES, preflight
from trigate.portal.visit import Answer, Visit


class Revoke:
    """`/oauth/revoke`; of a token that is not known, or somebody else's, it says the same as of any other."""

    def __init__(self, clerk: Clerk, archive: Archive, mint: Mint) -> None:
        self._clerk = clerk
        self._archive = archive
        self._mint = mint

    async def answer(self, visit: Visit) -> Answer:
        """See Page."""
        if visit.method == "OPTIONS":
            return preflight()
        form = read_form(visit)
        id = self._login_of(form.get("token", ""))
        login = await self._archive.login(id) if id else None

        async def named(form: Mapping[str, str]) -> str:
            return login.client if login is not None else ""

        try:
            client = await self._clerk.identify(visit, form, named)
        except NotGiven:
            client = None
        if client is not None and login is not None and login.client == client.id:
            await self._archive.end(login.id, f"client:{client.id}")
        return Answer(200, [*COMMON, *OPEN_TO_PAGES])

    def _login_of(self, token: str) -> str:
        """Ids of logins are random and said in tokens alone: a token need not be verified to be taken back."""
        refresh = self._mint.read_refresh(token)
        if refresh is not None:
            return refresh.login
        try:
            return str(read_token(token.encode()).claims.get("login", ""))
        except Unauthenticated:
            return ""
