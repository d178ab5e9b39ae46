"""Streams of callers that speak HTTP+SSE: a message that is posted finds its stream in whichever worker that is."""

import base64
import os
from collections.abc import Callable
from typing import Literal

import msgspec

from trigate.core.bus import Bus, BusClosed, BusStream
from trigate.core.errors import ConcurrencyReached, Overloaded, VaultSealed
from trigate.core.principal import Principal
from trigate.core.shared import Derive
from trigate.mcp.fault import UnknownSession
from trigate.mcp.session import owner_of

SERVICE = "mcp.posted"
MOST_UNDERWAY = 64
"""Messages of one stream that are served at the same time."""
_LONGEST_TOKEN = 512
_PURPOSE = "mcp stream"
_TAKEN, _BUSY = b"taken", b"busy"

Taken = Literal["taken", "busy", "gone"]
Take = Callable[[bytes], Taken]
"""Begins to serve a message of a stream."""
Place = tuple[str, bytes]
"""The worker that has the stream, and what the stream is called there."""

_pack = msgspec.msgpack.Encoder().encode
_place = msgspec.msgpack.Decoder(Place).decode
_describe = msgspec.json.Encoder(order="deterministic").encode


class Streams:
    """Those of this worker, and the way to those of the others."""

    __slots__ = ("_bus", "_closers", "_key", "_live", "_most")

    def __init__(self, bus: Bus, derive: Derive, most: int) -> None:
        """`most` streams are open at once."""
        self._bus = bus
        self._key = derive("mcp streams")
        self._live: dict[bytes, Take] = {}
        self._closers: dict[bytes, Callable[[], None]] = {}
        self._most = most
        bus.offer(SERVICE, self._serve)

    def __len__(self) -> int:
        return len(self._live)

    def open(self, endpoint: str, principal: Principal, take: Take, close: Callable[[], None]) -> tuple[str, bytes]:
        """A new stream's token, which is its caller's alone, and its name here; raises Overloaded.

        `close` is called when the process is about to end.
        """
        from trigate.store.seal import seal  # noqa: PLC0415 - cryptography is only loaded once there is such a caller

        if len(self._live) >= self._most:
            raise Overloaded("as many streams of callers that speak HTTP+SSE are open as `mcp.sessions.max` allows")
        nonce = os.urandom(16)
        sealed = seal(self._key, _pack((self._bus.own, nonce)), _PURPOSE, endpoint, bond(principal))
        self._live[nonce] = take
        self._closers[nonce] = close
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode(), nonce

    def close(self, nonce: bytes) -> None:
        """The stream has ended."""
        self._live.pop(nonce, None)
        self._closers.pop(nonce, None)

    def find(self, token: bytes, endpoint: str, principal: Principal) -> Place:
        """Where the stream of a token is; raises UnknownSession if it is none of this caller's at this endpoint."""
        from trigate.store.seal import unseal  # noqa: PLC0415 - as above

        if not token or len(token) > _LONGEST_TOKEN:
            raise _unknown()
        try:
            sealed = base64.b64decode(token + b"=" * (-len(token) % 4), b"-_", validate=True)
            return _place(unseal(self._key, sealed, _PURPOSE, endpoint, bond(principal)))
        except (ValueError, VaultSealed, msgspec.DecodeError):
            raise _unknown() from None

    async def post(self, place: Place, body: bytes) -> None:
        """Hand a message to its stream; raises UnknownSession if that is gone, and ConcurrencyReached."""
        owner, nonce = place
        if nonce in self._live or owner in {"", self._bus.own}:  # this worker may be called otherwise by now
            taken = self._take(nonce, body)
        else:
            taken = await self._post(owner, nonce, body)
        if taken == "busy":
            raise ConcurrencyReached(f"{MOST_UNDERWAY} messages of this stream are under way: wait for answers")
        if taken == "gone":
            raise _unknown()

    def retire(self) -> None:
        """The process is about to end: callers go elsewhere."""
        for close in list(self._closers.values()):
            close()

    def drain(self) -> None:
        """Nothing to close: every stream ends with its exchange."""

    async def _post(self, owner: str, nonce: bytes, body: bytes) -> Taken:
        try:
            stream = await self._bus.open(SERVICE, nonce, owner)
        except BusClosed:
            return "gone"
        try:
            await stream.send(body)  # an opening must be short, and this need not be
            answer = await stream.receive()
        except BusClosed:
            answer = None
        finally:
            stream.close()
        return "taken" if answer == _TAKEN else "busy" if answer == _BUSY else "gone"

    async def _serve(self, stream: BusStream, opening: bytes) -> None:
        body = await stream.receive()
        if body is not None:
            await stream.send(self._take(opening, body).encode())

    def _take(self, nonce: bytes, body: bytes) -> Taken:
        take = self._live.get(nonce)
        return take(body) if take is not None else "gone"


def bond(principal: Principal) -> str:
    """What a stream is bound to: its caller with all that it may do, since messages are judged by that."""
    whose = (principal.team, principal.organisation, principal.roles, principal.lanes, principal.restriction)
    return owner_of(principal) + "\0" + _describe(whose).decode()


def _unknown() -> UnknownSession:
    return UnknownSession("this stream has ended, or is not yours: open another one")
