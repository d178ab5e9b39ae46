"""Sessions of callers that speak the older protocol: sealed tokens, and a shared register of what changes."""

import base64
import hashlib
import hmac
import os
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress

import msgspec
from msgspec import Struct

from trigate.core.bus import BusClosed, BusStream
from trigate.core.clock import clock
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.core.surroundings import Surroundings
from trigate.mcp.fault import UnknownSession
from trigate.mcp.register import MARK_BYTES, Register
from trigate.mcp.settings import SessionSettings
from trigate.mcp.underway import STREAM_ID, Underway
from trigate.mcp.version import LEVELS

SERVICE = "mcp.session"
DEFAULT_LEVEL = LEVELS.index("info")
_ENDED = 255
"""In the place of a log level: the session has ended."""
_LONGEST_TOKEN = 512


class Sealed(Struct, array_like=True, frozen=True):
    """What never changes, and so is written in the token itself."""

    version: str
    endpoint: str
    begun: int
    """Nanoseconds since the epoch."""
    nonce: str
    profile: int = 0
    """What its caller can be asked for."""


class Session(Struct):
    """A session as one worker knows it; what changes is in the register that all share."""

    token: str
    version: str
    owner: str
    """The principal it belongs to; to any other it is unknown."""
    endpoint: str
    begun: int
    """Nanoseconds since the epoch."""
    mark: bytes
    """How the register knows it."""
    at: int
    """Where it was in the register when last looked at."""
    level: int = DEFAULT_LEVEL
    """Log messages below this (an index into LEVELS) are not passed on."""
    profile: int = 0
    """What its caller can be asked for (bits of mcp/profile.py)."""


class Sessions:
    """Begins, finds and ends sessions: any worker opens what another began, and none what another ended."""

    __slots__ = ("_bus", "_deadlines", "_key", "_known", "_register", "_settings", "_underway", "deadline", "on_end")

    def __init__(self, settings: SessionSettings, surroundings: Surroundings, underway: Underway) -> None:
        """Raises OSError if memory cannot be shared."""
        self._settings = settings
        self._key = surroundings.derive("mcp sessions")
        self._register = Register(surroundings.share, settings.max, settings.ttl)
        self._known: OrderedDict[str, Session] = OrderedDict()
        self._underway = underway
        self._bus = surroundings.bus
        self._deadlines = surroundings.deadlines
        self.on_end: Callable[[bytes], None] = _ignore
        """Called with the mark of every session that ends."""
        self.deadline = clock.monotonic() + settings.ttl / 4
        self._deadlines.add(self)
        self._bus.offer(SERVICE, self._serve)

    def __len__(self) -> int:
        return len(self._known)

    def begin(self, version: str, endpoint: str, principal: Principal, profile: int = 0) -> Session:
        """A new session of `principal`, who can be asked for what `profile` says."""
        now = clock.wall_ns()
        sealed = Sealed(version, endpoint, now, os.urandom(9).hex(), profile)
        owner = owner_of(principal)
        payload = msgspec.json.encode(sealed)
        mark = self._mac(payload, owner)
        return self._admit(_text(payload) + "." + _text(mark), sealed, owner, mark, now)

    def find(self, token: str, endpoint: str, principal: Principal) -> Session:
        """The session behind a token; raises UnknownSession."""
        owner = owner_of(principal)
        session = self._known.get(token) or self._open(token, owner)
        if session.owner != owner or session.endpoint != endpoint or not self._use(session):
            raise unknown()
        self._known.move_to_end(token)
        return session

    async def end(self, session: Session) -> None:
        """Forget a session; its token opens nothing any more, in no worker and on no machine that hears of it."""
        self._end(session.mark, session.begun)
        self._known.pop(session.token, None)
        await self._tell(session, _ENDED)

    async def set_level(self, session: Session, level: int) -> None:
        """Pass on no log messages below this, from whichever worker."""
        session.level = level
        self._register.set_level(session.at, level)
        await self._tell(session, level)

    def listen(self, session: Session, exchange: Exchange) -> None:
        """The session has a stream: it is not idle."""
        self._underway.begin(session.token, STREAM_ID, exchange)

    def leave(self, session: Session, exchange: Exchange) -> None:
        """It has that stream no more."""
        self._underway.end(session.token, STREAM_ID, exchange)

    def expire(self) -> None:
        """A session is not idle while a request of it is under way."""
        self.deadline = clock.monotonic() + self._settings.ttl / 4
        for token in self._underway.tokens():
            session = self._known.get(token)
            if session is not None:
                self._register.use(session.at, clock.wall_ns())

    def drain(self) -> None:
        """Nothing to close but the watch over what is under way."""
        self._deadlines.discard(self)

    def _use(self, session: Session) -> bool:
        register, now = self._register, clock.wall_ns()
        at = register.find(session.mark, session.at)
        if not at:
            at = register.admit(session.mark, session.begun, now, session.level)
        if not at or not register.use(at, now):
            self._known.pop(session.token, None)
            return False
        session.at, session.level = at, register.level(at)
        return True

    def _open(self, token: str, owner: str) -> Session:
        """Read a token that this worker does not know; raises UnknownSession."""
        payload, mac = _parts(token)
        if not hmac.compare_digest(mac, self._mac(payload, owner)):
            raise unknown()
        return self._admit(token, msgspec.json.decode(payload, type=Sealed), owner, mac, clock.wall_ns())

    def _admit(self, token: str, sealed: Sealed, owner: str, mark: bytes, now: int) -> Session:
        at = self._register.admit(mark, sealed.begun, now, DEFAULT_LEVEL)
        if not at:
            raise unknown()
        session = Session(token, sealed.version, owner, sealed.endpoint, sealed.begun, mark, at)
        session.profile = sealed.profile
        self._known[token] = session
        while len(self._known) > self._settings.max:
            self._known.popitem(last=False)
        return session

    def _end(self, mark: bytes, begun: int) -> None:
        self._register.end(mark, begun, clock.wall_ns())
        for token in self._underway.tokens():
            session = self._known.get(token)
            if session is not None and session.mark == mark:
                self._underway.end_all(token)
        self.on_end(mark)

    async def _tell(self, session: Session, level: int) -> None:
        # The workers of this machine know it from the register; those of others, where there are any, only so.
        with suppress(BusClosed):
            await self._bus.tell(SERVICE, msgspec.msgpack.encode((session.mark, session.begun, level)))

    async def _serve(self, stream: BusStream, opening: bytes) -> None:
        mark, begun, level = msgspec.msgpack.decode(opening, type=tuple[bytes, int, int])
        at = self._register.find(mark)
        if level == _ENDED:
            self._end(mark, begun)
        elif at:
            self._register.set_level(at, level)

    def _mac(self, payload: bytes, owner: str) -> bytes:
        return hmac.digest(self._key, owner.encode() + b"\0" + payload, hashlib.sha256)[:MARK_BYTES]


def owner_of(principal: Principal) -> str:
    """What a session is bound to: the credential and whoever it speaks for.

    A provider of identities may give the same name to a user and an agent, and to either in two organisations.
    """
    return "\0".join((principal.organisation, principal.key, principal.user, principal.agent, principal.on_behalf_of))


def unknown() -> UnknownSession:
    """The one answer for every session that cannot be used: it tells nothing about other callers' sessions."""
    return UnknownSession("this session is unknown or has expired: begin again with `initialize`")


def _ignore(mark: bytes) -> None:
    """Nobody wants to know."""


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _parts(token: str) -> tuple[bytes, bytes]:
    """Payload and code of a token; raises UnknownSession."""
    if len(token) > _LONGEST_TOKEN or not token.isascii():
        raise unknown()
    texts = token.split(".")
    if len(texts) != 2:
        raise unknown()
    try:
        payload, mac = (base64.urlsafe_b64decode(each + "=" * (-len(each) % 4)) for each in texts)
    except ValueError:
        raise unknown() from None
    # Only the one spelling that was given out: base64 readers accept several.
    if [_text(payload), _text(mac)] != texts:
        raise unknown()
    return payload, mac
