"""JSON Web Tokens of an identity provider, proved by its published keys."""

import hmac
import os
from collections.abc import Awaitable
from hashlib import blake2b
from typing import Any, Literal

from trigate.core.clock import clock
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.core.settings import Duration, Secret
from trigate.outbound.settings import TlsSettings
from trigate.policy.authenticator import Authenticator, Circumstances, Identify
from trigate.policy.cache import Cache
from trigate.policy.claim import LANES, Claims, LaneName, Mapped
from trigate.policy.json_web_key import PublicKey, fitting, read_key_set
from trigate.policy.json_web_token import Expectation, Token, looks_like_token, read_token, refusal
from trigate.policy.key_source import KeySource, Whence

Asymmetric = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
Symmetric = Literal["HS256", "HS384", "HS512"]
_MODERN: tuple[Asymmetric, ...] = ("RS256", "PS256", "ES256", "ES384", "EdDSA")
_HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
LEAST_SECRET = 32
"""Bytes of a shared secret (RFC 7518 §3.2)."""


class Jwt(Authenticator):
    """Accepts `Authorization: Bearer TOKEN` with a signed JSON Web Token.

    The keys come from `issuer` (OpenID Connect discovery), from `jwks_url`, or from the file (`keys`). A token must be
    signed by an algorithm listed here, say when it expires, come from exactly this issuer and be meant for one of
    `audience`; a key named in the token itself is never used. A bearer that has not the form of a token is left to the
    next authenticator: write `jwt` before `api_key` to have the better error message.
    """

    name: str = "jwt"
    """Stands before the caller's name in records."""
    issuer: str = ""
    """What `iss` must be, exactly; without `jwks_url` and `keys` it is also asked where its keys are."""
    audience: tuple[str, ...] = ()
    """What `aud` must name one of."""
    any_audience: bool = False
    """Accept tokens meant for anybody: whoever gets such a token from one of its users can then use it here."""
    jwks_url: str = ""
    """Where the issuer's keys are, if it does not say so itself."""
    keys: str = ""
    """The keys themselves, a JSON Web Key Set, best as `${file:keys.json}`; nobody is asked then."""
    secret: Secret | None = None
    """Shared secret of the algorithms HS256, HS384 and HS512, which are accepted only with it; at least 32 bytes."""
    algorithms: tuple[Asymmetric | Symmetric, ...] = ()
    """Algorithms accepted; none written: RS256, PS256, ES256, ES384 and EdDSA, or HS256 with a secret."""
    leeway: Duration = Duration(30)
    """How far the clocks of issuer and gateway may differ."""
    refresh: Duration = Duration(600)
    """Keys older than this are read again behind a request."""
    cooldown: Duration = Duration(30)
    """The issuer is asked no more often than this, whatever keys tokens name."""
    stale: Duration = Duration(86400)
    """While the issuer does not answer, its last keys are believed for this long."""
    timeout: Duration = Duration(5)
    """Longest time for asking the issuer."""
    tls: TlsSettings | None = None
    """Whom to trust when asking the issuer, where `outbound.tls` is not right."""
    claims: Claims = Claims()
    """Which claims say who is calling."""
    lanes: tuple[LaneName, ...] = LANES
    """The lanes that such callers may use."""
    remembered: int = 10_000
    """Accepted tokens that are not verified again until they expire."""

    def __post_init__(self) -> None:
        if bool(self.audience) is self.any_audience:
            raise ValueError("say in `audience` for whom tokens must be meant, or set `any_audience: true`")
        if self.secret is not None:
            self._check_secret(self.secret)
        elif any(each in _HASHES for each in self.algorithms):
            raise ValueError("HS algorithms need a `secret`: with a public key anybody could make such tokens")
        elif not (self.issuer or self.jwks_url or self.keys):
            raise ValueError("say where the keys are: `issuer`, `jwks_url`, `keys` or `secret`")
        if self.keys and not read_key_set(self.keys.encode()):
            raise ValueError("`keys` holds no public key that can be used")

    def open(self, given: Circumstances) -> Identify:
        """Prepare the way to the keys."""
        return _Verifier(self, given).identify

    def _check_secret(self, secret: Secret) -> None:
        if self.jwks_url or self.keys:
            raise ValueError("a shared secret and public keys exclude each other: write two authenticators")
        if any(each not in _HASHES for each in self.algorithms):
            raise ValueError("with a secret only HS256, HS384 and HS512 make sense")
        if len(secret.reveal().encode()) < LEAST_SECRET:
            raise ValueError(f"the secret needs at least {LEAST_SECRET} bytes")


class _Verifier:
    """Verifies tokens once, and knows them again by a digest of the whole token."""

    def __init__(self, settings: Jwt, given: Circumstances) -> None:
        self._algorithms = frozenset(settings.algorithms or (("HS256",) if settings.secret else _MODERN))
        self._secret = settings.secret
        self._static = read_key_set(settings.keys.encode()) if settings.keys else ()
        self._source = None if settings.keys or settings.secret else _source(settings, given)
        self._expected = Expectation(settings.issuer, frozenset(settings.audience), settings.leeway)
        self._roster = given.directory.roster
        self._mapped = Mapped(settings.name, settings.claims, settings.lanes, given.directory.roster)
        self._pepper = os.urandom(32)
        self._accepted = Cache[bytes, tuple[tuple[int, int], Principal]](settings.remembered)

    def identify(self, exchange: Exchange) -> Principal | Awaitable[Principal] | None:
        """See `Identify`."""
        value = exchange.request.fields.get(b"authorization", b"")
        raw = value[7:].strip() if value[:7].lower() == b"bearer " else b""
        if not raw or not looks_like_token(raw):
            return None
        digest = blake2b(raw, key=self._pepper, digest_size=32).digest()
        known = self._accepted.get(digest, clock.wall_ns() / 1e9)
        if known is not None and known[0] == self._versions():
            exchange.credentials = frozenset((b"authorization",))
            return known[1]
        return self._verify(exchange, read_token(raw), digest)

    def _versions(self) -> tuple[int, int]:
        """Of all that may make an accepted token mean something else."""
        return self._roster.people, self._source.knowledge.version if self._source else 0

    def _verify(self, exchange: Exchange, token: Token, digest: bytes) -> Principal | Awaitable[Principal]:
        if token.algorithm not in self._algorithms:
            raise refusal("it is signed by an algorithm that is not accepted")
        self._expected.check(token.claims, clock.wall_ns() / 1e9)  # first: nobody is asked about what is refused anyway
        if self._secret is not None:
            return self._conclude(exchange, token, digest, _is_shared(token, self._secret))
        if self._source is None:
            keys = fitting(self._static, token.algorithm, token.key_id)
        elif not (keys := self._source.at_hand(token.algorithm, token.key_id)):
            return self._verify_later(self._source, exchange, token, digest)
        return self._conclude(exchange, token, digest, _is_signed(token, keys))

    async def _verify_later(self, source: KeySource, exchange: Exchange, token: Token, digest: bytes) -> Principal:
        keys = await source.find(token.algorithm, token.key_id)
        return self._conclude(exchange, token, digest, _is_signed(token, keys))

    def _conclude(self, exchange: Exchange, token: Token, digest: bytes, proved: bool) -> Principal:
        if not proved:
            raise refusal("its signature is not that of a key of the issuer")
        until = self._expected.check(token.claims, clock.wall_ns() / 1e9)
        principal = self._mapped.principal(token.claims, until, until)
        self._accepted.put(digest, (self._versions(), principal), until)
        exchange.credentials = frozenset((b"authorization",))
        return principal


def _source(settings: Jwt, given: Circumstances) -> KeySource:
    whence = Whence(
        issuer=settings.issuer,
        key_set=settings.jwks_url,
        refresh=settings.refresh,
        cooldown=settings.cooldown,
        stale=settings.stale,
        timeout=settings.timeout,
        tls=settings.tls,
    )
    return KeySource(whence, given.client, given.surroundings, given.directory.void)


def _is_signed(token: Token, keys: tuple[PublicKey, ...]) -> bool:
    return any(key.verifies(token.algorithm, token.signed, token.signature) for key in keys)


def _is_shared(token: Token, secret: Secret) -> bool:
    made: Any = hmac.digest(secret.reveal().encode(), token.signed, _HASHES[token.algorithm])
    return hmac.compare_digest(made, token.signature)
