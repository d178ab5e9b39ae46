"""Keys that users gave for servers: what workers ask the control process for, and what it keeps sealed."""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Protocol

import msgspec
from msgspec import Struct

from trigate.core.bus import Bus, BusClosed, BusStream, consult
from trigate.core.clock import clock
from trigate.core.connection import Connection, Subject
from trigate.core.errors import BadRequest, GatewayError, UpstreamFailed
from trigate.outbound.oauth.order import CHANGED, changed

SERVICE = "outbound.user_key"
"""Its name on the bus."""
KIND = "key"
"""As `trigate connections` calls such a connection."""
PAGE = "/connect/key/"
"""Where people give theirs, followed by the server's name."""
LONGEST = 4096


class Wanted(Struct, frozen=True):
    """Somebody's key for a server."""

    server: str
    subject: Subject | None = None
    """None: whether the server takes keys at all."""


class Given(Struct, frozen=True):
    """The key, or why there is none."""

    key: str = ""
    link: str = ""
    """Where it can be given."""
    problem: str = ""

    def __repr__(self) -> str:
        return "Given()"


encode = msgspec.msgpack.encode
_read_wanted = msgspec.msgpack.Decoder(Wanted).decode
read_given = msgspec.msgpack.Decoder(Given).decode


class Safe(Protocol):
    """Where keys are kept; its methods raise GatewayError."""

    async def connection(self, server: str, subject: str) -> tuple[Connection, str] | None: ...

    async def keep_connection(self, row: Connection, secret: str) -> None: ...


class KeyHost:
    """The control process's side (`serve` is a core.bus.Service)."""

    __slots__ = ("_public", "_safe", "_tell", "servers")

    def __init__(
        self,
        safe: Safe,
        servers: frozenset[str],
        public: str,
        tell: Callable[[str, bytes], Awaitable[None]] | None = None,
    ) -> None:
        """`servers` take keys of users; `public` is the gateway's own address, empty if it has none; `tell` has every
        worker run a service."""
        self._tell = tell
        self._safe = safe
        self._public = public
        self.servers = servers

    async def serve(self, stream: BusStream, opening: bytes) -> None:
        """One order."""
        try:
            given = await self._give(_read_wanted(opening))
        except msgspec.DecodeError:
            given = Given(problem="the order cannot be read")
        except GatewayError as error:
            given = Given(problem=error.message)
        try:
            await stream.send(encode(given))
        except BusClosed:
            return  # the worker has gone

    async def keep(self, server: str, subject: Subject, key: str) -> None:
        """Keep somebody's key, in place of the one before; raises BadRequest."""
        check_key(key)
        if server not in self.servers:
            raise BadRequest(_no_server(server))
        await self._safe.keep_connection(row_of(server, subject), key)
        if self._tell is not None:
            await self._tell(CHANGED, changed(server, subject.name))

    async def _give(self, wanted: Wanted) -> Given:
        server, subject = wanted.server, wanted.subject
        if server not in self.servers:
            return Given(problem=_no_server(server))
        if subject is None:
            return Given()
        found = await self._safe.connection(server, subject.name)
        if found is not None and found[0].kind == KIND:
            return Given(found[1])
        return Given(link=f"{self._public}{PAGE}{server}" if self._public and subject.user and subject.logs_in else "")


def row_of(server: str, subject: Subject) -> Connection:
    """How the store lists a key."""
    now = clock.wall_ns()
    return Connection(
        id="", server=server, subject=subject.name, kind=KIND, organisation=subject.organisation, team=subject.team,
        user=subject.user, created=now, changed=now,
    )  # fmt: skip


def check_key(key: str) -> None:
    """Raises BadRequest for what fits into no header field."""
    if not key.isascii() or not key.isprintable() or key != key.strip() or not 0 < len(key) <= LONGEST:
        raise BadRequest(f"a key has 1 to {LONGEST} printable ASCII characters, and no blank at either end")


def digest(key: str) -> str:
    """What tells keys apart, without one."""
    return sha256(key.encode()).hexdigest() if key else ""


async def ask(bus: Bus, wanted: Wanted) -> Given:
    """What the control process answers; raises UpstreamFailed."""
    message = await consult(bus, SERVICE, encode(wanted))
    given = read_given(message) if message is not None else Given(problem="keys cannot be looked up at the moment")
    if given.problem:
        raise UpstreamFailed(given.problem)
    return given


def _no_server(server: str) -> str:
    return f"server {server!r} is none that takes keys of users (a `credential` of the kind `user_key`)"
