"""Where browsers come back to from a server's login, with what makes the connection (RFC 6749 §4.1.2)."""

from trigate.core.errors import BadRequest, NotFound
from trigate.outbound.oauth.agreement import Agreement, Return
from trigate.portal.browser import Browsers
from trigate.portal.page import read_fields
from trigate.portal.sheet import tell
from trigate.portal.visit import Answer, Visit


class ConnectReturn:
    """`/connect/callback`."""

    def __init__(self, agreement: Agreement | None, browsers: Browsers) -> None:
        self._agreement = agreement
        self._browsers = browsers

    async def answer(self, visit: Visit) -> Answer:
        """See Page."""
        if self._agreement is None:
            raise NotFound("there is nothing to connect at this address")
        told = read_fields(visit.query)
        if "state" not in told:
            raise BadRequest("this page is reached from a login only")
        browser = self._browsers.cookie(visit, "browser")
        back = Return(told["state"], browser, told.get("code", ""), told.get("iss"), told.get("error", ""))
        promise = await self._agreement.finish(back)
        message = f"{promise.subject.shown} is connected to {promise.server}. You can close this page."
        return tell("Connected", message)
