"""People with a user name and a password (RFC 7617)."""

import base64
import os
from collections.abc import Awaitable
from hashlib import blake2b
from typing import Literal

from trigate.core.clock import clock
from trigate.core.errors import Overloaded, Unauthenticated
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.core.settings import Duration
from trigate.policy.authenticator import Authenticator, Circumstances, Identify
from trigate.policy.cache import Cache
from trigate.policy.flight import Flights
from trigate.policy.password import PasswordHash, Person, hash_password, read_hash

MOST_UNDER_WAY = 8
"""Passwords checked at the same time; each takes tens of milliseconds and megabytes."""
LONGEST = 1024
"""Bytes of a name and its password."""
REFUSED_SECONDS = 5.0
"""A wrong password is not checked again for this long."""
_CHALLENGE = ((b"www-authenticate", b'Basic realm="trigate", charset="UTF-8"'),)


class Basic(Authenticator):
    """Accepts `Authorization: Basic`, for callers that can send nothing better.

    A password that was right is known again for `remember`, under a secret of this process; wrong ones, and names that
    nobody has, cost the same.
    """

    users: dict[str, Person]
    """People by their user names."""
    remember: Duration = Duration(300)
    """How long a right password is not checked again."""

    def __post_init__(self) -> None:
        if any(":" in name or not name.isprintable() or not name for name in self.users):
            raise ValueError("a user name is printable and has no colon")

    def open(self, given: Circumstances) -> Identify:
        """Read the hashes."""
        return _Checker(self, given).identify


class _Checker:
    """Checks passwords beside the event loop, a few at a time."""

    def __init__(self, settings: Basic, given: Circumstances) -> None:
        self._loop = given.surroundings.loop
        self._remember = float(settings.remember)
        self._hashes = {name.encode(): read_hash(user.password_hash.reveal()) for name, user in settings.users.items()}
        self._people = {name.encode(): _principal(name, user) for name, user in settings.users.items()}
        self._nobody = next(iter(self._hashes.values()), None) or read_hash(hash_password(os.urandom(16).hex()))
        self._flights = Flights[bytes, bool](self._loop)
        self._pepper = os.urandom(32)
        self._known = Cache[bytes, Literal[True]](10_000)
        self._refused = Cache[bytes, Literal[True]](1000)

    def identify(self, exchange: Exchange) -> Principal | Awaitable[Principal] | None:
        """See `Identify`."""
        value = exchange.request.fields.get(b"authorization", b"")
        if value[:6].lower() != b"basic ":
            return None
        name, password = _presented(value[6:].strip())
        digest = blake2b(b"%d:%b%b" % (len(name), name, password), key=self._pepper, digest_size=32).digest()
        now = clock.monotonic()
        if self._known.get(digest, now):
            return self._concluded(exchange, name, right=True)
        if self._refused.get(digest, now):
            return self._concluded(exchange, name, right=False)
        return self._check(exchange, name, password, digest)

    async def _check(self, exchange: Exchange, name: bytes, password: bytes, digest: bytes) -> Principal:
        if len(self._flights) >= MOST_UNDER_WAY and digest not in self._flights:
            raise Overloaded("too many passwords are being checked; try again", retry_after=1.0)

        async def compute() -> bool:
            # Whoever has no hash is compared with another's: a name that nobody has must not answer sooner.
            kept: PasswordHash = self._hashes.get(name, self._nobody)
            right = await self._loop.run_in_executor(None, kept.fits, password) and name in self._people
            cache, seconds = (self._known, self._remember) if right else (self._refused, REFUSED_SECONDS)
            cache.put(digest, True, clock.monotonic() + seconds)
            return right

        return self._concluded(exchange, name, right=await self._flights.join(digest, compute))

    def _concluded(self, exchange: Exchange, name: bytes, *, right: bool) -> Principal:
        if not right:
            raise Unauthenticated("user name or password is wrong", headers=_CHALLENGE)
        exchange.credentials = frozenset((b"authorization",))
        return self._people[name]


def _presented(text: bytes) -> tuple[bytes, bytes]:
    try:
        name, colon, password = base64.b64decode(text, validate=True).partition(b":")
    except ValueError:
        name, colon, password = b"", b"", b""
    if not colon or len(text) > LONGEST:
        raise Unauthenticated("the Basic credential cannot be read", headers=_CHALLENGE)
    return name, password


def _principal(name: str, user: Person) -> Principal:
    return Principal(
        f"basic:{name}",
        frozenset(user.lanes),
        name,
        team=user.team,
        organisation=user.organisation,
        roles=frozenset(user.roles),
    )
