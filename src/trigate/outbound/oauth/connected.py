"""A worker's side of a connection: it asks for tokens when they are needed, and holds them for a short time."""

from trigate.core.clock import clock
from trigate.core.connection import Subject
from trigate.core.errors import CredentialFailed, UpstreamFailed
from trigate.core.parts import Head
from trigate.core.surroundings import Surroundings
from trigate.outbound.access_token import AccessTokens, Token
from trigate.outbound.connection_needed import ConnectionNeeded
from trigate.outbound.oauth.challenge import read_challenge
from trigate.outbound.oauth.order import Given, Wanted, ask

_LONGEST = 60.0
"""Seconds for which a worker uses a token without asking: so long a connection that has ended may be used."""


class Connected(AccessTokens):
    """Proves one subject's requests to one server (outbound.credential.Proof)."""

    optional = True

    def __init__(self, server: str, subject: Subject, surroundings: Surroundings) -> None:
        super().__init__(f"server {server!r}", self._fetch)
        self._server = server
        self._subject = subject
        self._bus = surroundings.bus

    async def challenged(self, lines: bytes, head: Head) -> bool:
        """The server turned `lines` away: whether there is something better by now.

        Raises ConnectionNeeded if somebody must agree first, CredentialFailed if there is no way in, UpstreamFailed.
        """
        challenge = read_challenge(head.headers)
        if head.status == 403 and not challenge.wants_more:
            return False
        rejected = lines.partition(b" Bearer ")[2].strip().decode()
        given = await self._ask(Wanted(self._server, self._subject, rejected, challenge))
        self._use(Token(given.access_token, given.seconds))
        return bool(given.access_token)

    def rejected(self, lines: bytes) -> bool:
        """Nothing is known before the server's challenge has been read."""
        return False

    def forget(self) -> None:
        """The connection has ended: ask anew."""
        self._lines, self._token, self._renew_at, self._ends_at = b"", b"", 0.0, 0.0

    async def _fetch(self, rejected: str) -> Token:
        given = await self._ask(Wanted(self._server, self._subject, rejected))
        return Token(given.access_token, given.seconds)

    async def _ask(self, wanted: Wanted) -> Given:
        given = await ask(self._bus, wanted, Given)
        if given.link:
            error = ConnectionNeeded(
                f"{self._subject.shown} has not connected {self._server!r} yet, or must do so again: open {given.link}"
            )
            error.link = given.link
            raise error
        if given.problem:
            raise (CredentialFailed if given.refused else UpstreamFailed)(given.problem)
        return given

    def _use(self, token: Token) -> None:
        if token.access_token:
            super()._use(token)
            self._renew_at = min(self._renew_at, clock.monotonic() + _LONGEST)
            return
        # The server may let the gateway in without: if not, it says what it wants.
        self.forget()
