"""Where people give a key of theirs for a server that wants one of each user."""

from typing import TYPE_CHECKING

from trigate.core.connection import Subject
from trigate.core.errors import NotFound
from trigate.outbound.user_key import PAGE
from trigate.portal.browser import Browsers
from trigate.portal.page import read_form
from trigate.portal.session import Sessions, to_login
from trigate.portal.sheet import fill, show, tell
from trigate.portal.visit import Answer, Visit

if TYPE_CHECKING:
    from trigate.outbound.user_key import KeyHost


class ConnectKey:
    """`/connect/key/SERVER`: whoever is logged in gives the key, which acts in their name and nobody else's."""

    def __init__(self, keys: "KeyHost | None", sessions: Sessions, browsers: Browsers) -> None:
        """`keys` keeps them; None if no server wants any."""
        self._keys = keys
        self._sessions = sessions
        self._browsers = browsers

    async def answer(self, visit: Visit) -> Answer:
        """See Page."""
        server = visit.path.removeprefix(PAGE)
        if self._keys is None or server not in self._keys.servers:
            raise NotFound("there is nothing to connect at this address")
        session = await self._sessions.find(visit)
        if session is None:
            return to_login(visit)
        purpose = f"key {len(server)} {server} {session.user}"
        if visit.method == "GET":
            browser, told = self._browsers.greet(visit)
            proof = self._browsers.proof(browser, purpose)
            page = fill("user_key", server=server, user=session.user, proof=proof)
            return show(f"Connect {server}", page, headers=told)
        form = read_form(visit)
        self._browsers.check(visit, form, purpose)
        await self._keys.keep(server, Subject(session.organisation, user=session.user), form.get("key", "").strip())
        return tell("Connected", f"{server} is connected: you can close this page, and go on where you came from.")
