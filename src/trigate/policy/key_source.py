"""Where an issuer's keys come from: read again when they are old or a token names a new one, kept while it is down."""

import asyncio
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from trigate.core.clock import clock
from trigate.core.errors import GatewayError, IdentityUnavailable
from trigate.core.surroundings import Surroundings
from trigate.outbound.client import Client
from trigate.outbound.settings import TlsSettings
from trigate.policy.flight import Flights
from trigate.policy.inquiry import RETRY_SECONDS, Site, origin, unavailable
from trigate.policy.json_web_key import PublicKey, fitting, read_key_set
from trigate.policy.strict_json import read_object

DESCRIPTION = "/.well-known/openid-configuration"
_NEVER = float("-inf")
_FIELDS = [(b"accept", b"application/json")]


class Whence(Struct, frozen=True):
    """What a source is told, and by which what it knows is found again after a reload."""

    issuer: str
    key_set: str
    """URL; empty: found by the issuer's own description (OpenID Connect Discovery 1.0 §4)."""
    refresh: float
    cooldown: float
    stale: float
    timeout: float
    """All in seconds."""
    tls: TlsSettings | None = None


class Knowledge:
    """The keys of one issuer: a living thing, so that a reload asks nobody."""

    def __init__(self) -> None:
        self.keys: tuple[PublicKey, ...] = ()
        self.version = 0
        """Grows whenever the keys are others than before."""
        self.read = _NEVER
        self.tried = _NEVER
        """Monotonic seconds of the last success, and of the last attempt."""

    def drain(self) -> None:
        """Nothing is open."""

    def learn(self, keys: tuple[PublicKey, ...]) -> None:
        """These are the keys from now on."""
        if [(key.id, key.digest) for key in keys] != [(key.id, key.digest) for key in self.keys]:
            self.version += 1
        self.keys, self.read = keys, clock.monotonic()


class KeySource:
    """Finds the keys that may have signed a token."""

    def __init__(self, whence: Whence, client: Client, surroundings: Surroundings, changed: Callable[[], None]) -> None:
        """`changed` is called when the keys are others than before; raises BadConfig if a URL cannot be used."""
        self._changed = changed
        self._whence = whence
        self._client = client
        self._loop: asyncio.AbstractEventLoop = surroundings.loop
        self._flights = Flights[str, None](surroundings.loop)
        self._start = self._site(whence.key_set or f"{whence.issuer.rstrip('/')}{DESCRIPTION}")
        """Where to begin: the key set, or the description that names it."""
        self._found: Site | None = None
        self.knowledge = surroundings.keep.adopt("policy.issuer", whence, Knowledge)

    def at_hand(self, algorithm: str, key_id: str) -> tuple[PublicKey, ...]:
        """The keys to try without asking anybody, none if somebody must be asked; old ones are renewed behind."""
        found = self._fitting(algorithm, key_id)
        if found and self._is_old() and self._may_ask():
            self._flights.begin("", self._renew_quietly)
        return found

    async def find(self, algorithm: str, key_id: str) -> tuple[PublicKey, ...]:
        """The keys to try, after asking the issuer unless it was asked just now; raises IdentityUnavailable."""
        if self._may_ask() or "" in self._flights:
            await self._flights.join("", self._renew_quietly)
        found = self._fitting(algorithm, key_id)
        if not found and not self._usable():
            raise unavailable()
        return found

    def _fitting(self, algorithm: str, key_id: str) -> tuple[PublicKey, ...]:
        if not self._usable():
            return ()
        return fitting(self.knowledge.keys, algorithm, key_id)

    def _usable(self) -> bool:
        """Whether the keys were read recently enough to be believed while the issuer is down."""
        return clock.monotonic() - self.knowledge.read < self._whence.stale

    def _is_old(self) -> bool:
        return clock.monotonic() - self.knowledge.read >= self._whence.refresh

    def _may_ask(self) -> bool:
        """At most once per cooldown, so that made-up key ids do no harm; sooner while nothing is known at all."""
        pause = self._whence.cooldown if self._usable() else min(RETRY_SECONDS, self._whence.cooldown)
        return clock.monotonic() - self.knowledge.tried >= pause

    async def _renew_quietly(self) -> None:
        self.knowledge.tried = clock.monotonic()
        try:
            await self._renew()
        except (GatewayError, ValueError):
            return  # what is known stays good for `stale`

    async def _renew(self) -> None:
        site = self._start if self._whence.key_set else await self._discover()
        version = self.knowledge.version
        self.knowledge.learn(read_key_set(await _read(site)))
        if self.knowledge.version != version:
            self._changed()

    async def _discover(self) -> Site:
        """The address of the key set, by the issuer's description; raises ValueError if that is another issuer's."""
        described = read_object(await _read(self._start))
        url: Any = described.get("jwks_uri")
        if described.get("issuer") != self._whence.issuer or not isinstance(url, str):
            raise ValueError("the description is not the issuer's own")
        secure = url.startswith("https:") or origin(url) == origin(self._whence.issuer)
        if not secure:
            raise ValueError("the keys would come over an unprotected way")
        found = self._found
        if found is None or found.url != url:
            found = self._found = self._site(url, outside=origin(url) != origin(self._whence.issuer))
        return found

    def _site(self, url: str, *, outside: bool = False) -> Site:
        whence = self._whence
        return Site(url, self._client, self._loop, whence.timeout, tls=whence.tls, outside=outside)


async def _read(site: Site) -> bytes:
    reply = await site.ask(b"GET", _FIELDS)
    if reply.status != 200:
        raise IdentityUnavailable("the issuer does not give its keys")
    return reply.body
