"""What one subject allowed at one server, and the tokens that came of it."""

import asyncio
from typing import Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from trigate.core.clock import clock
from trigate.core.connection import Connection, Subject
from trigate.outbound.access_token import DEFAULT_LIFE, EARLY_SECONDS
from trigate.outbound.oauth.client_identity import ClientIdentity
from trigate.outbound.oauth.token_request import Answer

_SECOND = 10**9


class Tokens(Struct, frozen=True):
    """What is kept sealed of a connection."""

    access_token: str
    ends: int
    """Nanoseconds since the epoch."""
    stale: int
    """Whoever asks from now on comes to renew it."""
    issuer: str
    token_endpoint: str
    revocation_endpoint: str = ""
    refresh_token: str = ""
    client: ClientIdentity | None = None
    """None: the one of the file."""
    resource: str = ""
    asked: tuple[str, ...] = ()
    """The scopes that were asked for so far."""

    def __repr__(self) -> str:
        return "Tokens()"


class Kept(Struct, frozen=True):
    """A connection and its tokens."""

    row: Connection
    tokens: Tokens

    @property
    def left(self) -> float:
        """Seconds for which the access token is still good."""
        return (self.tokens.ends - clock.wall_ns()) / _SECOND

    @property
    def is_fresh(self) -> bool:
        """Whether it need not be renewed yet."""
        return clock.wall_ns() < self.tokens.stale


class Safe(Protocol):
    """Where connections and registrations are kept; its methods raise GatewayError."""

    async def secret(self, name: str) -> str | None: ...
    async def keep_secret(self, name: str, secret: str, purpose: str) -> None: ...
    async def connection(self, server: str, subject: str) -> tuple[Connection, str] | None: ...
    async def connection_of(self, id: str) -> tuple[Connection, str] | None: ...
    async def keep_connection(self, row: Connection, secret: str) -> None: ...
    async def drop_connection(self, id: str, actor: str) -> bool: ...


class Account:
    """Whoever deals with one connection deals with it alone."""

    def __init__(self, safe: Safe, server: str, subject: Subject) -> None:
        self.alone = asyncio.Lock()
        self.renewed = ""
        """The token that came of the last renewal: if the server turns that away, too, renewing is no help."""
        self._safe = safe
        self._server = server
        self._subject = subject

    async def read(self) -> Kept | None:
        """The connection, if there is one that can be read."""
        return read_kept(await self._safe.connection(self._server, self._subject.name))

    async def keep(self, tokens: Tokens, scope: str, before: Kept | None) -> Kept:
        """Keep what was given; it holds for good once this returns."""
        subject, now = self._subject, clock.wall_ns()
        row = Connection(
            id=before.row.id if before else "",
            server=self._server,
            subject=subject.name,
            kind="oauth",
            organisation=subject.organisation,
            team=subject.team,
            user=subject.user,
            issuer=tokens.issuer,
            scope=scope or (before.row.scope if before else " ".join(tokens.asked)),
            created=before.row.created if before else now,
            changed=now,
        )
        await self._safe.keep_connection(row, msgspec.json.encode(tokens).decode())
        return Kept(row, tokens)

    async def drop(self, kept: Kept) -> None:
        """It is over: its authorization server does not know it any more."""
        await self._safe.drop_connection(kept.row.id, "gateway")


def read_kept(found: tuple[Connection, str] | None) -> Kept | None:
    """A connection as the store has it; None for one that is no OAuth connection."""
    if found is None or found[0].kind != "oauth":
        return None
    try:
        return Kept(found[0], msgspec.json.decode(found[1], type=Tokens))
    except msgspec.DecodeError:
        return None


def timed(tokens: Tokens, answer: Answer) -> Tokens:
    """The tokens with what a token endpoint has just given."""
    life = DEFAULT_LIFE if answer.expires_in is None else max(0.0, answer.expires_in)
    now = clock.wall_ns()
    # Workers come back for another before it ends; whoever comes so early must not be given the same again.
    return replace(
        tokens,
        access_token=answer.access_token,
        refresh_token=answer.refresh_token or tokens.refresh_token,
        ends=now + int(life * _SECOND),
        stale=now + int((life - 1.5 * min(EARLY_SECONDS, life / 5)) * _SECOND),
    )
