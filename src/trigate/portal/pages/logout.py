"""Says who is logged in at this browser, and logs out."""

from trigate.portal.browser import Browsers
from trigate.portal.page import read_form
from trigate.portal.session import Sessions, to_login
from trigate.portal.sheet import fill, show, tell
from trigate.portal.visit import Answer, Visit

PURPOSE = "logout"


class Logout:
    """`/oauth/logout`."""

    def __init__(self, sessions: Sessions, browsers: Browsers) -> None:
        self._sessions = sessions
        self._browsers = browsers

    async def answer(self, visit: Visit) -> Answer:
        """See Page."""
        if visit.method == "POST":
            self._browsers.check(visit, read_form(visit), PURPOSE)
            return tell("Logged out", "You can close this page.", headers=await self._sessions.end(visit))
        session = await self._sessions.find(visit)
        if session is None:
            return to_login(visit)
        browser, told = self._browsers.greet(visit)
        proof = self._browsers.proof(browser, PURPOSE)
        return show("Logged in", fill("logout", user=session.user, proof=proof), headers=told)
