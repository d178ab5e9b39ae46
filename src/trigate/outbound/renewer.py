"""Spends refresh tokens for all workers: each once, and what comes in its place is kept before anybody relies on it."""

import asyncio
from hashlib import blake2b
from typing import Protocol

import msgspec
from msgspec import Struct

from trigate.core.bus import BusClosed, BusStream
from trigate.core.clock import clock
from trigate.core.errors import CredentialFailed, GatewayError
from trigate.core.shared import Derive
from trigate.core.tasks import spawn
from trigate.outbound.access_token import DEFAULT_LIFE, EARLY_SECONDS, Token, TokenEndpoint
from trigate.outbound.client import Client
from trigate.outbound.renewal import Order, Renewed, encode, read_order
from trigate.telemetry.log import log

AGAIN_SECONDS = 1.0
"""After a failure nobody asks again for this long; what could not be kept is tried again as often."""


class Safe(Protocol):
    """Where refresh tokens are kept, sealed; its methods raise GatewayError."""

    async def secret(self, name: str) -> str | None:
        """The secret of this name, None if there is none."""
        ...

    async def keep_secret(self, name: str, secret: str, purpose: str) -> None:
        """Keep it, for good once this returns."""
        ...


class Renewer:
    """The service (core.bus.Service), a living thing of the control process."""

    def __init__(self, safe: Safe, client: Client, derive: Derive) -> None:
        self.client = client
        """Of the newest configuration."""
        self._safe = safe
        self._derive = derive
        self._grants: dict[bytes, Grant] = {}

    async def serve(self, stream: BusStream, opening: bytes) -> None:
        """One order."""
        try:
            grant = self._grant(read_order(opening))
            renewed = await grant.renew(read_order(opening), self.client)
        except msgspec.DecodeError:
            renewed = Renewed(problem="the order cannot be read")
        except GatewayError as error:
            renewed = Renewed(problem=error.message, refused=isinstance(error, CredentialFailed))
        try:
            await stream.send(encode(renewed))
        except BusClosed:
            return  # the worker has gone; the next one is given the same token

    def drain(self) -> None:
        """No configuration uses it any more."""
        for each in self._grants.values():
            each.unkept = ""

    def _grant(self, order: Order) -> "Grant":
        """One for each refresh token of the configuration: another one in the file begins anew."""
        parts = [
            order.token_url,
            order.refresh_token,
            *(f"{name}={value}" for name, value in sorted(order.form.items())),
        ]
        spelled = b"".join(b"%d:%b" % (len(part.encode()), part.encode()) for part in parts)
        digest = blake2b(spelled, key=self._derive("refresh tokens"), digest_size=16).digest()
        if digest not in self._grants:
            self._grants[digest] = Grant(f"refresh-token/{digest.hex()}", self._safe)
        return self._grants[digest]


class Issued(Struct, frozen=True):
    """An access token and its times, in monotonic seconds."""

    text: str
    stale: float
    """Whoever asks from now on comes to renew it."""
    ends: float


class Grant:
    """What an authorization server gave once, and goes on giving."""

    def __init__(self, name: str, safe: Safe) -> None:
        self.unkept = ""
        """The newest refresh token, while it cannot be kept."""
        self._name = name
        self._safe = safe
        self._last = ""
        self._issued: Issued | None = None
        self._failure: tuple[GatewayError, float] | None = None
        self._alone = asyncio.Lock()

    async def renew(self, order: Order, client: Client) -> Renewed:
        """A token, the one that others were given if that is still good; raises GatewayError."""
        async with self._alone:
            now, issued = clock.monotonic(), self._issued
            if issued is not None and now < issued.stale and issued.text != order.rejected:
                return Renewed(issued.text, issued.ends - now)
            if self._failure is not None and now < self._failure[1]:
                raise self._failure[0]
            try:
                token = await self._spend(order, client)
            except GatewayError as error:
                self._failure = error, clock.monotonic() + AGAIN_SECONDS
                raise
            self._failure = None
            return self._issue(token)

    async def _spend(self, order: Order, client: Client) -> Token:
        endpoint = TokenEndpoint(order.name, client, order.token_url)
        used = await self._newest(order)
        try:
            token = await endpoint.ask(order.form | {"refresh_token": used})
        except CredentialFailed:
            newer = await self._newest(order)
            if newer == used:
                raise
            used = newer  # another machine was faster
            token = await endpoint.ask(order.form | {"refresh_token": used})
        self._last = token.refresh_token or used
        if self._last != used:
            await self._keep(self._last)
        return token

    async def _newest(self, order: Order) -> str:
        """The refresh token that counts. Before it is known, nothing is tried: to show one that was exchanged before
        has many servers take back all that came of it (RFC 9700 §4.14.2)."""
        if self.unkept:
            return self.unkept
        try:
            kept = await self._safe.secret(self._name)
        except GatewayError:
            if not self._last:
                raise
            return self._last
        return kept or order.refresh_token

    async def _keep(self, refresh_token: str) -> None:
        begun, self.unkept = not self.unkept, refresh_token
        if not await self._try_to_keep() and begun:
            log.error("a refresh token cannot be kept yet: a restart now would lose it", name=self._name)
            spawn(self._keep_trying(), "a refresh token that is not kept yet")

    async def _keep_trying(self) -> None:
        while self.unkept:
            await asyncio.sleep(AGAIN_SECONDS)
            await self._try_to_keep()

    async def _try_to_keep(self) -> bool:
        kept = self.unkept
        try:
            if kept:
                await self._safe.keep_secret(self._name, kept, "refresh token")
        except GatewayError:
            return False
        if self.unkept == kept:
            self.unkept = ""
        return True

    def _issue(self, token: Token) -> Renewed:
        life = DEFAULT_LIFE if token.expires_in is None else max(0.0, token.expires_in)
        now = clock.monotonic()
        # Workers come back for another before it ends; whoever comes so early must not be given the same again.
        self._issued = Issued(token.access_token, now + life - 1.5 * min(EARLY_SECONDS, life / 5), now + life)
        return Renewed(token.access_token, life)
