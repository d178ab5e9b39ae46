"""Where people log in, in every way that the settings open."""

from collections.abc import Mapping
from urllib.parse import quote

from trigate.core.errors import BadRequest, Forbidden, GatewayError, Overloaded, RateReached, Unauthenticated
from trigate.core.parts import Headers
from trigate.core.problem import error_headers
from trigate.portal.browser import Browsers
from trigate.portal.doorkeeper import Doorkeeper
from trigate.portal.login_settings import LoginSettings
from trigate.portal.page import read_fields, read_form
from trigate.portal.session import LOGIN, Session, Sessions, check_next
from trigate.portal.sheet import Html, fill, join, show
from trigate.portal.visit import Answer, Visit

PURPOSE = "login"
AFTER = "/oauth/logout"
"""Where somebody ends up who came from nowhere: the page that says who is logged in."""
_TOLD = (Unauthenticated, RateReached, Overloaded, Forbidden)


class Login:
    """`/oauth/login`: shows the ways, and takes a password or an API key."""

    def __init__(self, settings: LoginSettings, doorkeeper: Doorkeeper, sessions: Sessions, browsers: Browsers) -> None:
        self._settings = settings
        self._doorkeeper = doorkeeper
        self._sessions = sessions
        self._browsers = browsers

    async def answer(self, visit: Visit) -> Answer:
        """See Page."""
        if visit.method == "GET":
            return self._show(visit, check_next(read_fields(visit.query).get("next", "")))
        form = read_form(visit)
        self._browsers.check(visit, form, PURPOSE)
        target = check_next(form.get("next", ""))
        try:
            session = await self._prove(visit, form.get("way", ""), form)
        except _TOLD as error:
            return self._show(visit, target, error)
        return enter(session, await self._sessions.begin(visit, session), target)

    async def _prove(self, visit: Visit, way: str, fields: Mapping[str, str]) -> Session:
        if way == "password" and self._settings.passwords:
            return await self._doorkeeper.by_password(visit, fields.get("user", ""), fields.get("password", ""))
        if way == "key" and self._settings.keys:
            return await self._doorkeeper.by_key(visit, fields.get("key", ""))
        raise BadRequest("nobody can log in this way here")

    def _show(self, visit: Visit, target: str, error: GatewayError | None = None) -> Answer:
        browser, told = self._browsers.greet(visit)
        proof = self._browsers.proof(browser, PURPOSE)
        ways = [
            fill("provider", title=each.title or name, place=f"{LOGIN}/{name}?next={quote(target, safe='')}")
            for name, each in self._settings.providers.items()
        ]
        if self._settings.passwords:
            ways.append(fill("password", proof=proof, next=target))
        if self._settings.keys:
            ways.append(fill("key", proof=proof, next=target))
        wrong = fill("wrong", message=error.message) if error is not None else Html("")
        headers: Headers = [*told, *(error_headers(error) if error is not None else [])]
        headers = [each for each in headers if each[0] != b"www-authenticate"]
        status = 200 if error is None else 403 if isinstance(error, Unauthenticated) else error.status
        return show("Log in", fill("login", wrong=wrong, ways=join(ways)), status, headers)


def enter(session: Session, headers: Headers, target: str) -> Answer:
    """Somebody is logged in: go on where they wanted to.

    A page that leads on, in place of a redirect: browsers hold redirects against the policy of the form that was sent.
    """
    onward = target or AFTER
    return show("Logged in", fill("entered", user=session.user, next=onward), headers=headers, onward=onward)
