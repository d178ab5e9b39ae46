"""Sessions of callers that speak the older protocol: sealed tokens, and a bounded table of what changes."""

import base64
import hashlib
import hmac
import os
from collections import OrderedDict
from heapq import heappop, heappush

import msgspec
from msgspec import Struct

from trigate.core.clock import clock
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.mcp.fault import UnknownSession
from trigate.mcp.settings import SessionSettings
from trigate.mcp.version import LEVELS

_MAC_BYTES = 16
_LONGEST_TOKEN = 512


class Sealed(Struct, array_like=True, frozen=True):
    """What never changes, and so is written in the token itself."""

    version: str
    endpoint: str
    begun: int
    """Nanoseconds since the epoch."""
    nonce: str


class Session(Struct):
    """What changes while a session lasts."""

    token: str
    version: str
    owner: str
    """The principal it belongs to; to any other it is unknown."""
    endpoint: str
    used: float
    """Monotonic seconds."""
    begun: int
    """Nanoseconds since the epoch."""
    level: int = LEVELS.index("info")
    """Log messages below this (an index into LEVELS) are not passed on."""
    live: dict[bytes, Exchange] = msgspec.field(default_factory=dict[bytes, Exchange])
    """Requests under way by their id, so that `notifications/cancelled` finds them."""


class Sessions:
    """Begins, finds and ends sessions; a session that fell out of a full table is opened again from its token."""

    __slots__ = ("_ended", "_key", "_order", "_settings", "_shut", "_table")

    def __init__(self, settings: SessionSettings) -> None:
        self._settings = settings
        self._key = os.urandom(32)
        self._table: OrderedDict[str, Session] = OrderedDict()
        self._ended: set[str] = set()
        self._order: list[tuple[int, str]] = []
        """The same as a heap, the session first that was begun first."""
        self._shut = 0
        """No token of a session begun by then (nanoseconds since the epoch) is opened again."""

    def __len__(self) -> int:
        return len(self._table)

    def begin(self, version: str, endpoint: str, principal: Principal) -> Session:
        """A new session of `principal`."""
        sealed = Sealed(version, endpoint, clock.wall_ns(), os.urandom(9).hex())
        owner = owner_of(principal)
        payload = msgspec.json.encode(sealed)
        return self._admit(_text(payload) + "." + _text(self._mac(payload, owner)), sealed, owner)

    def find(self, token: str, endpoint: str, principal: Principal) -> Session:
        """The session behind a token; raises UnknownSession."""
        owner = owner_of(principal)
        session = self._table.get(token) or self._open(token, owner)
        if session.owner != owner or session.endpoint != endpoint or self._is_stale(session):
            raise unknown()
        session.used = clock.monotonic()
        self._table.move_to_end(token)
        return session

    def end(self, session: Session) -> None:
        """Forget a session; its token opens nothing any more."""
        self._table.pop(session.token, None)
        if session.begun > self._shut and session.token not in self._ended:
            self._ended.add(session.token)
            heappush(self._order, (session.begun, session.token))
        self._forget_ended()

    def drain(self) -> None:
        """Nothing to close: sessions hold no resource."""

    def _forget_ended(self) -> None:
        """Forget ended sessions whose time is over, and the oldest if there are too many: with it, its age is shut."""
        order, expired = self._order, clock.wall_ns() - int(self._settings.ttl * 1e9)
        while order and (order[0][0] < expired or len(order) > self._settings.max):
            self._shut, token = heappop(order)
            self._ended.discard(token)

    def _is_stale(self, session: Session) -> bool:
        if session.live or clock.monotonic() - session.used <= self._settings.ttl:
            return False
        self.end(session)
        return True

    def _open(self, token: str, owner: str) -> Session:
        """Read a token that is not in the table; raises UnknownSession."""
        payload, mac = _parts(token)
        if token in self._ended or not hmac.compare_digest(mac, self._mac(payload, owner)):
            raise unknown()
        sealed = msgspec.json.decode(payload, type=Sealed)
        if sealed.begun <= self._shut or clock.wall_ns() - sealed.begun > self._settings.ttl * 1e9:
            raise unknown()
        return self._admit(token, sealed, owner)

    def _admit(self, token: str, sealed: Sealed, owner: str) -> Session:
        session = Session(token, sealed.version, owner, sealed.endpoint, clock.monotonic(), sealed.begun)
        self._table[token] = session
        while len(self._table) > self._settings.max:
            self._table.popitem(last=False)
        return session

    def _mac(self, payload: bytes, owner: str) -> bytes:
        return hmac.digest(self._key, owner.encode() + b"\0" + payload, hashlib.sha256)[:_MAC_BYTES]


def owner_of(principal: Principal) -> str:
    """What a session is bound to: the credential and whoever it speaks for."""
    return "\0".join((principal.key, principal.user, principal.on_behalf_of))


def unknown() -> UnknownSession:
    """The one answer for every session that cannot be used: it tells nothing about other callers' sessions."""
    return UnknownSession("this session is unknown or has expired: begin again with `initialize`")


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
