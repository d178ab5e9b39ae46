"""Shows who will be connected to what, and leads to the server's own login once that is agreed to."""

from trigate.core.connection import Subject
from trigate.core.errors import Forbidden, NotFound
from trigate.outbound.oauth.agreement import Agreement, Promise
from trigate.portal.archive import Archive
from trigate.portal.browser import Browsers
from trigate.portal.page import read_form
from trigate.portal.session import Session, Sessions, to_login
from trigate.portal.sheet import Html, fill, listed, show
from trigate.portal.visit import Answer, Visit


class Connect:
    """`/connect/TICKET`: a page to look at, and the form on it.

    Whoever opened a link of somebody else's would let them act in their name: so the page wants to know who is at the
    browser, says whose the link is, and only the browser that saw it can go on from there.
    """

    def __init__(self, agreement: Agreement | None, archive: Archive, sessions: Sessions, browsers: Browsers) -> None:
        self._agreement = agreement
        self._archive = archive
        self._sessions = sessions
        self._browsers = browsers

    async def answer(self, visit: Visit) -> Answer:
        """See Page."""
        ticket = visit.path.removeprefix("/connect/")
        if self._agreement is None or not ticket or "/" in ticket:
            raise NotFound("there is nothing to connect at this address")
        promise = self._agreement.show(ticket)
        if promise.subject.logs_in:
            session = await self._sessions.find(visit)
            if session is None:
                return to_login(visit)
            await self._check(session, promise.subject)
        browser, told = self._browsers.greet(visit)
        if visit.method == "GET":
            return show(
                f"Connect {promise.server}", _page(promise, self._browsers.proof(browser, ticket)), headers=told
            )
        self._browsers.check(visit, read_form(visit), ticket)
        onward = await self._agreement.start(ticket, browser)
        # A page that leads on, in place of a redirect: browsers hold redirects against the policy of the form.
        return show("Leading on", fill("onward", server=promise.server, next=onward), onward=onward)

    async def _check(self, session: Session, subject: Subject) -> None:
        """Raises Forbidden for somebody whose link this is not."""
        right = not subject.organisation or session.organisation in ("", subject.organisation)
        if subject.user:
            right = right and session.user == subject.user
        elif session.known:
            row = await self._archive.user(session.user)
            right = right and row is not None and subject.team in row.teams
        if not right:
            raise Forbidden(f"this link is for {subject.shown}, and you are {session.user}: nothing was connected")


def _page(promise: Promise, proof: str) -> Html:
    asked = fill("asked", scopes=listed(promise.scope)) if promise.scope else Html("")
    return fill(
        "connect",
        server=promise.server,
        address=promise.address,
        issuer=promise.issuer,
        subject=promise.subject.shown,
        asked=asked,
        proof=proof,
    )
