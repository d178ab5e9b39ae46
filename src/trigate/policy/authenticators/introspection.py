"""Opaque tokens of an OAuth server, which is asked what they are worth (RFC 7662)."""

import base64
import os
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from typing import Any, Literal
from urllib.parse import quote_plus, urlencode

from msgspec import Struct

from trigate.core.clock import clock
from trigate.core.errors import Unauthenticated
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.core.settings import Duration, Secret
from trigate.outbound.settings import TlsSettings
from trigate.policy.authenticator import Authenticator, Circumstances, Identify
from trigate.policy.cache import Cache
from trigate.policy.claim import LANES, Claims, LaneName, Mapped
from trigate.policy.flight import Flights
from trigate.policy.inquiry import Reply, Site, unavailable
from trigate.policy.strict_json import read_object

LARGEST_TOKEN = 16 * 1024
_CHALLENGE = ((b"www-authenticate", b'Bearer realm="trigate", error="invalid_token"'),)
_FOREVER = float("inf")


class Introspection(Authenticator):
    """Accepts `Authorization: Bearer TOKEN` if the OAuth server at `url` says that the token is active.

    The server is shown every bearer that no authenticator before this one has accepted: write `api_key` before it, or
    give its tokens a `prefix`. An answer is remembered for `ttl`, which is how late a token taken back may still count.
    """

    url: str
    """The introspection endpoint."""
    client_id: str
    """Who the gateway is to the server."""
    client_secret: Secret
    """How it proves that."""
    name: str = "token"
    """Stands before the caller's name in records."""
    client_authentication: Literal["basic", "post"] = "basic"
    """Whether that goes in the field `Authorization` or in the body (RFC 6749 §2.3.1)."""
    prefix: str = ""
    """Only tokens that begin with it are asked about."""
    audience: tuple[str, ...] = ()
    """What `aud` of the answer must name one of; none written: anything."""
    issuer: str = ""
    """What `iss` of the answer must be; empty: anything."""
    ttl: Duration = Duration(60)
    """How long an active token is not asked about again, unless it expires sooner."""
    negative_ttl: Duration = Duration(5)
    """How long a refused token is not asked about again."""
    timeout: Duration = Duration(5)
    """Longest time for asking."""
    tls: TlsSettings | None = None
    """Whom to trust when asking, where `outbound.tls` is not right."""
    claims: Claims = Claims()
    """Which members of the answer say who is calling."""
    lanes: tuple[LaneName, ...] = LANES
    """The lanes that such callers may use."""
    remembered: int = 10_000
    """Most tokens remembered."""

    def open(self, given: Circumstances) -> Identify:
        """Prepare the way to the server."""
        return _Introspector(self, given).identify


class _Verdict(Struct, frozen=True):
    """What is known of one token."""

    principal: Principal | None
    """None if it is not active."""
    people: int


class _Introspector:
    """Asks once per token, however many requests show it."""

    def __init__(self, settings: Introspection, given: Circumstances) -> None:
        self._settings = settings
        self._prefix = settings.prefix.encode()
        loop = given.surroundings.loop
        self._site = Site(settings.url, given.client, loop, settings.timeout, tls=settings.tls)
        self._roster = given.directory.roster
        self._mapped = Mapped(settings.name, settings.claims, settings.lanes, self._roster)
        self._flights = Flights[bytes, _Verdict](loop)
        self._pepper = os.urandom(32)
        self._known = Cache[bytes, _Verdict](settings.remembered)
        self._refused = Cache[bytes, _Verdict](min(settings.remembered, 1000))
        """Apart, so that made-up tokens never push out good ones."""

    def identify(self, exchange: Exchange) -> Principal | Awaitable[Principal] | None:
        """See `Identify`."""
        value = exchange.request.fields.get(b"authorization", b"")
        raw = value[7:].strip() if value[:7].lower() == b"bearer " else b""
        if not raw or not raw.startswith(self._prefix):
            return None
        if len(raw) > LARGEST_TOKEN:
            raise Unauthenticated("the token is too large", headers=_CHALLENGE)
        digest = blake2b(raw, key=self._pepper, digest_size=32).digest()
        now = clock.wall_ns() / 1e9
        verdict = self._known.get(digest, now) or self._refused.get(digest, now)
        if verdict is not None and verdict.people == self._roster.people:
            return _concluded(exchange, verdict)
        return self._ask(exchange, raw, digest)

    async def _ask(self, exchange: Exchange, raw: bytes, digest: bytes) -> Principal:
        return _concluded(exchange, await self._flights.join(digest, self._asking(raw, digest)))

    def _asking(self, raw: bytes, digest: bytes) -> Callable[[], Any]:
        async def ask() -> _Verdict:
            reply = await self._site.ask(b"POST", self._fields(), self._form(raw))
            return self._remember(digest, _active(reply))

        return ask

    def _remember(self, digest: bytes, claims: dict[str, Any] | None) -> _Verdict:
        now, settings, people = clock.wall_ns() / 1e9, self._settings, self._roster.people
        until = self._good_until(claims, now) if claims else 0.0
        if claims is None or until <= now:
            verdict = _Verdict(None, people)
            self._refused.put(digest, verdict, now + settings.negative_ttl)
            return verdict
        again = min(until, now + settings.ttl)
        verdict = _Verdict(self._mapped.principal(claims, again, until), people)
        self._known.put(digest, verdict, again)
        return verdict

    def _good_until(self, claims: dict[str, Any], now: float) -> float:
        """When the token ends by its description (RFC 7662 §2.2), 0 if it is not for here or not for now."""
        settings = self._settings
        audience: Any = claims.get("aud")
        named: list[Any] = audience if isinstance(audience, list) else [audience]  # pyright: ignore[reportUnknownVariableType]
        if settings.audience and not any(each in settings.audience for each in named):
            return 0.0
        if settings.issuer and claims.get("iss") != settings.issuer:
            return 0.0
        until, since = claims.get("exp", _FOREVER), claims.get("nbf", 0)
        if not isinstance(until, int | float) or not isinstance(since, int | float) or since > now:
            return 0.0
        return float(until)

    def _fields(self) -> list[tuple[bytes, bytes]]:
        fields = [(b"accept", b"application/json"), (b"content-type", b"application/x-www-form-urlencoded")]
        settings = self._settings
        if settings.client_authentication == "basic":
            pair = f"{quote_plus(settings.client_id)}:{quote_plus(settings.client_secret.reveal())}"
            fields.append((b"authorization", b"Basic " + base64.b64encode(pair.encode())))
        return fields

    def _form(self, raw: bytes) -> bytes:
        form = {"token": raw.decode("latin-1"), "token_type_hint": "access_token"}
        if self._settings.client_authentication == "post":
            form["client_id"] = self._settings.client_id
            form["client_secret"] = self._settings.client_secret.reveal()
        return urlencode(form, encoding="latin-1").encode()


def _concluded(exchange: Exchange, verdict: _Verdict) -> Principal:
    if verdict.principal is None:
        raise Unauthenticated("the token is not active", headers=_CHALLENGE)
    exchange.credentials = frozenset((b"authorization",))
    return verdict.principal


def _active(reply: Reply) -> dict[str, Any] | None:
    """What the server says of an active token, None if it is not; raises IdentityUnavailable for any other answer."""
    try:
        described = read_object(reply.body) if reply.status == 200 else {}
    except ValueError:
        described = {}
    if not isinstance(described.get("active"), bool):
        raise unavailable()
    return described if described["active"] else None
