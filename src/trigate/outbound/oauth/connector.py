"""Keeps connections for all workers: finds out, asks for consent, renews each token once, and takes back what ends."""

from collections import OrderedDict
from collections.abc import Mapping

import msgspec

from trigate.core.bus import BusClosed, BusStream, Service
from trigate.core.clock import clock
from trigate.core.connection import GATEWAY, Subject
from trigate.core.errors import CredentialFailed, GatewayError, UnknownName, UpstreamFailed
from trigate.core.shared import Derive
from trigate.outbound.oauth.account import Account, Kept, Safe, Tokens, read_kept, timed
from trigate.outbound.oauth.agreement import Agreement, Setting
from trigate.outbound.oauth.challenge import Challenge, scopes
from trigate.outbound.oauth.client_identity import ClientIdentity
from trigate.outbound.oauth.consent import Ticket, check_server, expiry, wanted_scope
from trigate.outbound.oauth.discovery import Found, discover
from trigate.outbound.oauth.order import SERVICE, Ended, Given, Lead, Revoke, Wanted, encode, read_order
from trigate.outbound.oauth.plan import Plan
from trigate.outbound.oauth.sealed import Sealer
from trigate.outbound.oauth.token_request import Refused, ask_token, take_back

_MOST_ACCOUNTS = 4096
_FOUND_SECONDS = 30.0
"""How long what was found out about a server is good for links; who follows one finds out anew."""
_PATIENCE_SECONDS = 30.0
"""How long a token that is still good is used before renewing it is tried again."""


class Connector:
    """The service (core.bus.Service), a living thing of the control process."""

    def __init__(self, safe: Safe, derive: Derive, setting: Setting) -> None:
        self._safe = safe
        self._accounts: OrderedDict[tuple[str, str], Account] = OrderedDict()
        self._found: dict[str, tuple[Plan, str, Found, float]] = {}
        """By server, what was found out last, with what it depends on, and until when (monotonic seconds)."""
        self._wanted: dict[str, Wanted] = {}
        """By server, what it said last to the gateway itself: an operator who connects it is led there."""
        self.agreement = Agreement(Sealer(derive("connections")), safe, self._account, setting, self._forget)
        """For the pages that browsers are led over."""

    async def serve(self, stream: BusStream, opening: bytes) -> None:
        """One order."""
        try:
            answer = await self._obey(opening)
        except msgspec.DecodeError:
            answer = Given(problem="the order cannot be read")
        try:
            await stream.send(encode(answer))
        except BusClosed:
            return  # the worker has gone

    @property
    def services(self) -> Mapping[str, Service]:
        """By the name on the bus."""
        return {SERVICE: self.serve}

    def drain(self) -> None:
        """Nothing is held that must be ended."""

    async def _obey(self, opening: bytes) -> Given | Ended:
        order = read_order(opening)
        if not isinstance(order, Revoke):
            try:
                return await (self._lead(order) if isinstance(order, Lead) else self._give(order))
            except GatewayError as error:
                refused = isinstance(error, CredentialFailed) or not isinstance(error, UpstreamFailed)
                return Given(problem=error.message, refused=refused)
        try:
            return await self._revoke(order)
        except GatewayError as error:
            return Ended(problem=error.message, found=not isinstance(error, UnknownName))

    @property
    def _setting(self) -> Setting:
        return self.agreement.setting

    def _account(self, server: str, subject: Subject) -> Account:
        place = (server, subject.name)
        account = self._accounts.get(place)
        if account is None:
            account = self._accounts[place] = Account(self._safe, server, subject)
            if len(self._accounts) > _MOST_ACCOUNTS:
                oldest = next(iter(self._accounts))
                if not self._accounts[oldest].alone.locked():
                    del self._accounts[oldest]
        self._accounts.move_to_end(place)
        return account

    # --- tokens -----------------------------------------------------------------------------------------------------

    async def _give(self, order: Wanted) -> Given:
        plan = self._setting.plans.get(order.server)
        if plan is None:
            raise CredentialFailed(f"server {order.server!r} is not configured any more")
        account = self._account(order.server, order.subject)
        async with account.alone:
            kept = await account.read()
            if kept is not None and kept.tokens.access_token != order.rejected and kept.is_fresh:
                return _given(kept)
            if kept is None:
                return await self._need(plan, order, ()) if order.challenge is not None else Given()
            return await self._renew(plan, order, account, kept)

    async def _renew(self, plan: Plan, order: Wanted, account: Account, kept: Kept) -> Given:
        """Another token than the one that has run out, or that the server turned away."""
        tokens, challenge = kept.tokens, order.challenge
        rejected = tokens.access_token == order.rejected
        if rejected and challenge is not None:
            if challenge.wants_more:
                return await self._step_up(plan, order, kept)
            found = await self._discover_anew(plan, challenge.resource_metadata)
            if found.server.issuer != tokens.issuer or account.renewed == order.rejected:
                # Nothing of one authorization server is ever shown to another (2026-07-28, authorization).
                return await self._need(plan, order, tokens.asked)
        if not tokens.refresh_token or _client(plan, tokens) is None:
            if not rejected and kept.left > 0:
                return _given(kept)
            return await self._need(plan, order, tokens.asked) if challenge is not None else Given()
        return await self._refresh(plan, order, account, kept)

    async def _refresh(self, plan: Plan, order: Wanted, account: Account, kept: Kept) -> Given:
        try:
            fresh = await self._spend(plan, account, kept)
        except Refused as error:
            if error.reason == "invalid_grant":
                await account.drop(kept)
                return await self._need(plan, order, kept.tokens.asked) if order.challenge is not None else Given()
            if kept.tokens.access_token == order.rejected or kept.left <= 0:
                raise
            return _given(kept, _PATIENCE_SECONDS)
        except UpstreamFailed:
            # A hiccup ends nothing: what is still good is used, and it is tried again.
            if kept.tokens.access_token == order.rejected or kept.left <= 0:
                raise
            return _given(kept, _PATIENCE_SECONDS)
        account.renewed = fresh.tokens.access_token
        return _given(fresh)

    async def _spend(self, plan: Plan, account: Account, kept: Kept) -> Kept:
        """Exchange the refresh token (RFC 6749 §6)."""
        tokens, client = kept.tokens, _client(plan, kept.tokens)
        if client is None:
            raise CredentialFailed("the client of this connection is not configured any more")
        form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token, "resource": tokens.resource}
        try:
            answer = await ask_token(self._setting.reach(plan), tokens.token_endpoint, tokens.issuer, form, client)
        except Refused as error:
            newer = await account.read()
            if error.reason == "invalid_grant" and newer is not None and newer.tokens != tokens:
                return newer  # another machine was faster
            raise
        return await account.keep(timed(tokens, answer), answer.scope, kept)

    async def _step_up(self, plan: Plan, order: Wanted, kept: Kept) -> Given:
        """More is wanted than was granted: it is asked for once, or nobody would ever stop asking."""
        challenge = order.challenge or Challenge()
        if not scopes(challenge.scope) - frozenset(kept.tokens.asked):
            raise CredentialFailed(f"it wants more than {kept.tokens.issuer} grants, though that was asked for")
        return await self._need(plan, order, kept.tokens.asked)

    async def _lead(self, order: Lead) -> Given:
        """For an operator: the link to connect the gateway itself, once more if it is connected already."""
        plan = self._setting.plans.get(order.server)
        if plan is None or plan.per != "gateway":
            raise CredentialFailed(f"server {order.server!r} is none that operators connect (`oauth`, `per: gateway`)")
        kept = await self._account(order.server, GATEWAY).read()
        wanted = self._wanted.get(order.server) or Wanted(order.server, GATEWAY)
        return await self._link(plan, wanted, kept.tokens.asked if kept is not None else ())

    async def _need(self, plan: Plan, order: Wanted, asked: tuple[str, ...]) -> Given:
        """A link under which whoever calls can agree; never one to what is everybody's, where nobody logs in."""
        if order.subject != GATEWAY:
            return await self._link(plan, order, asked)
        self._wanted[plan.server] = order
        raise CredentialFailed(f"an operator must connect it first: `trigate connections link {plan.server}`")

    async def _link(self, plan: Plan, order: Wanted, asked: tuple[str, ...]) -> Given:
        challenge = order.challenge or Challenge()
        found = await self._discover(plan, challenge.resource_metadata)
        check_server(found.server)
        if not plan.callback:
            raise CredentialFailed("nobody can be sent to its login: set `portal.url`, the gateway's own address")
        scope = wanted_scope(plan, challenge, found, asked)
        metadata = challenge.resource_metadata
        ticket = Ticket(plan.server, order.subject, scope, found.server.issuer, metadata, expiry())
        return Given(link=self.agreement.link(plan, ticket))

    async def _discover(self, plan: Plan, metadata: str) -> Found:
        """Whom a link leads to: callers who have not connected yet all ask, and need not have it found out each."""
        known = self._found.get(plan.server)
        if known is not None and known[:2] == (plan, metadata) and clock.monotonic() < known[3]:
            return known[2]
        return await self._discover_anew(plan, metadata)

    async def _discover_anew(self, plan: Plan, metadata: str) -> Found:
        """A server that turns its own tokens away may have changed its login."""
        found = await discover(self._setting.reach(plan), plan.url, metadata, plan.issuer)
        self._found[plan.server] = plan, metadata, found, clock.monotonic() + _FOUND_SECONDS
        return found

    def _forget(self, server: str) -> None:
        """What was found out is not so any more."""
        self._found.pop(server, None)

    # --- the end ----------------------------------------------------------------------------------------------------

    async def _revoke(self, order: Revoke) -> Ended:
        """Forget a connection, and have its server forget the tokens."""
        found = await self._safe.connection_of(order.id)
        if found is None:
            raise UnknownName(f"there is no connection {order.id!r}")
        row, kept = found[0], read_kept(found)
        await self._safe.drop_connection(order.id, order.actor)
        plan, problem = self._setting.plans.get(row.server), ""
        if kept is not None and plan is not None:
            problem = await self._take_back(plan, kept.tokens)
        return Ended(row.server, problem)

    async def _take_back(self, plan: Plan, tokens: Tokens) -> str:
        """Why the tokens may still be good at their server; empty if they are not."""
        client = _client(plan, tokens)
        if not tokens.revocation_endpoint or client is None:
            return f"{tokens.issuer} offers no way to take its tokens back; they end by themselves"
        token = tokens.refresh_token or tokens.access_token
        try:
            await take_back(self._setting.reach(plan), tokens.revocation_endpoint, tokens.issuer, token, client)
        except GatewayError as error:
            return error.message
        return ""


def _given(kept: Kept, longest: float = float("inf")) -> Given:
    return Given(kept.tokens.access_token, max(0.0, min(kept.left, longest)))


def _client(plan: Plan, tokens: Tokens) -> ClientIdentity | None:
    """Who the gateway is at the server that gave the tokens; None if the file does not say so any more."""
    if tokens.client is not None:
        return tokens.client
    return plan.client if plan.issuer == tokens.issuer else None
