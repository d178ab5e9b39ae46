"""The pages between a link and a connection: what they show, where they lead, and what comes of it."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping

from msgspec import Struct

from trigate.core.clock import clock
from trigate.core.connection import Subject
from trigate.core.errors import BadRequest, CredentialFailed
from trigate.outbound.client import Client
from trigate.outbound.oauth.account import Account, Safe, Tokens, timed
from trigate.outbound.oauth.client_identity import ClientIdentity
from trigate.outbound.oauth.consent import (
    LINK_SECONDS,
    Passage,
    Ticket,
    authorize_url,
    check_issuer,
    check_server,
    digest_cookie,
    expiry,
    has_expired,
    is_same_browser,
    new_secret,
)
from trigate.outbound.oauth.discovery import Found, discover
from trigate.outbound.oauth.order import CHANGED, changed
from trigate.outbound.oauth.plan import Plan
from trigate.outbound.oauth.reach import Reach, origin_of
from trigate.outbound.oauth.registration import PURPOSE, identify, registered_name
from trigate.outbound.oauth.sealed import Sealer
from trigate.outbound.oauth.token_request import Refused, ask_token

_MOST_USED = 100_000
_TICKET, _STATE = "connection ticket", "connection state"


Tell = Callable[[str, bytes], Awaitable[None]]


class Setting(Struct):
    """What the newest configuration says."""

    plans: Mapping[str, Plan]
    client: Client
    tell: Tell | None = None
    """Has every worker run a service."""

    def reach(self, plan: Plan) -> Reach:
        """The way to a server and whoever it sends one to."""
        return Reach(self.client, plan.url, plan.issuer)


class Promise(Struct, frozen=True):
    """What following a link means, in words for people."""

    server: str
    address: str
    """Of the server: scheme and authority."""
    issuer: str
    subject: Subject
    """Who will be connected."""
    scope: tuple[str, ...]


class Return(Struct, frozen=True):
    """What a browser brings back from an authorization server (RFC 6749 §4.1.2, RFC 9207 §2)."""

    state: str
    browser: str
    """The cookie it holds."""
    code: str = ""
    iss: str | None = None
    error: str = ""

    def __repr__(self) -> str:
        return "Return()"


class Agreement:
    """Leads browsers there and back."""

    def __init__(
        self,
        sealer: Sealer,
        safe: Safe,
        account: Callable[[str, Subject], Account],
        setting: Setting,
        moved: Callable[[str], None],
    ) -> None:
        """`moved` is told of a server that has another login than the one its links were made for."""
        self.setting = setting
        self._moved = moved
        self._sealer = sealer
        self._safe = safe
        self._account = account
        self._used: OrderedDict[str, int] = OrderedDict()

    def link(self, plan: Plan, ticket: Ticket) -> str:
        """Where somebody can agree."""
        base = plan.callback.rpartition("/")[0]
        return f"{base}/{self._sealer.seal(ticket, _TICKET)}"

    def show(self, ticket: str) -> Promise:
        """What following a link means; raises BadRequest for one that leads nowhere."""
        return _promise(*self._ticket(ticket))

    async def start(self, text: str, browser: str) -> str:
        """Where the browser, which holds the cookie `browser`, goes to agree; raises UpstreamFailed."""
        ticket, plan = self._ticket(text)
        reach = self.setting.reach(plan)
        found = await discover(reach, plan.url, ticket.metadata, plan.issuer)
        if found.server.issuer != ticket.issuer:
            self._moved(plan.server)
            raise CredentialFailed("this server has changed its login: start again")
        check_server(found.server)
        reach.check(found.server.authorization_endpoint)
        client = await identify(plan, found.server, reach, self._safe)
        nonce = new_secret()
        passage = Passage(
            ticket, client.id, found.resource.resource, new_secret(), digest_cookie(browser), expiry(), nonce
        )
        state = self._sealer.seal(passage, _STATE)
        return authorize_url(found.server, passage, state, plan.callback)

    async def finish(self, back: Return) -> Promise:
        """Turn what came back into a connection; raises UpstreamFailed."""
        passage, plan = self._passage(back)
        reach = self.setting.reach(plan)
        found = await discover(reach, plan.url, passage.ticket.metadata, plan.issuer)
        if found.server.issuer != passage.ticket.issuer:
            raise CredentialFailed("this server has changed its login meanwhile: start again")
        check_issuer(found.server, back.iss)
        if back.error or not back.code:
            if back.error == "access_denied":
                raise BadRequest("it was not agreed to: nothing was connected")
            raise CredentialFailed(f"{found.server.issuer} reports a failure")
        client = await identify(plan, found.server, reach, self._safe)
        if client.id != passage.client_id:
            raise CredentialFailed("the gateway has become another client meanwhile: start again")
        await self._exchange(passage, plan, found, client, back.code, reach)
        return _promise(passage.ticket, plan)

    async def _exchange(
        self, passage: Passage, plan: Plan, found: Found, client: ClientIdentity, code: str, reach: Reach
    ) -> None:
        """Exchange the code (RFC 6749 §4.1.3), and keep what comes of it."""
        server, ticket = found.server, passage.ticket
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": plan.callback,
            "code_verifier": passage.verifier,
            "resource": passage.resource,
        }
        try:
            answer = await ask_token(reach, server.token_endpoint, server.issuer, form, client)
        except Refused as error:
            if error.reason == "invalid_client" and client.source == "registration":
                # It has forgotten the gateway: the next attempt registers anew.
                await self._safe.keep_secret(registered_name(server.issuer, plan.callback), "", PURPOSE)
            raise
        tokens = Tokens(
            access_token="",
            ends=0,
            stale=0,
            issuer=server.issuer,
            token_endpoint=server.token_endpoint,
            revocation_endpoint=server.revocation_endpoint,
            client=None if client.source == "file" else client,
            resource=passage.resource,
            asked=ticket.scope,
        )
        account = self._account(ticket.server, ticket.subject)
        async with account.alone:
            account.renewed = ""
            await account.keep(timed(tokens, answer), answer.scope, await account.read())
        if self.setting.tell is not None:
            await self.setting.tell(CHANGED, changed(ticket.server, ticket.subject.name))

    def _ticket(self, text: str) -> tuple[Ticket, Plan]:
        ticket = self._sealer.open(text, Ticket, _TICKET)
        plan = self.setting.plans.get(ticket.server) if ticket is not None else None
        if ticket is None or plan is None or has_expired(ticket.expires):
            raise BadRequest("this link is not valid any more: ask for what you wanted once more to get another")
        return ticket, plan

    def _passage(self, back: Return) -> tuple[Passage, Plan]:
        passage = self._sealer.open(back.state, Passage, _STATE)
        plan = self.setting.plans.get(passage.ticket.server) if passage is not None else None
        if passage is None or plan is None or has_expired(passage.expires):
            raise BadRequest("this has taken too long, or did not begin here: start again")
        if not is_same_browser(passage, back.browser):
            raise BadRequest("this did not begin in this browser: nothing was connected")
        self._use(passage)
        return passage, plan

    def _use(self, passage: Passage) -> None:
        """Raises CredentialFailed the second time."""
        now = clock.wall_ns() // 10**9
        while self._used and (len(self._used) >= _MOST_USED or next(iter(self._used.values())) < now):
            self._used.popitem(last=False)
        if passage.nonce in self._used:
            raise BadRequest("this was answered already: start again if it did not work")
        self._used[passage.nonce] = now + LINK_SECONDS


def _promise(ticket: Ticket, plan: Plan) -> Promise:
    return Promise(plan.server, origin_of(plan.url), ticket.issuer, ticket.subject, ticket.scope)
