"""Access tokens that the gateway's own authorization server gave out: each good at one MCP endpoint, and no other."""

import os
from collections.abc import Awaitable, Mapping
from hashlib import blake2b
from typing import Any
from weakref import WeakSet

from msgspec.structs import replace

from trigate.core.clock import clock
from trigate.core.errors import Unauthenticated
from trigate.core.exchange import Exchange
from trigate.core.principal import ANY, UNRESTRICTED, Principal, Restriction
from trigate.policy.cache import Cache
from trigate.policy.claim import Claims, Mapped
from trigate.policy.credential import Credential, Network
from trigate.policy.directory import Directory
from trigate.policy.json_web_key import PublicKey, fitting, read_key_set
from trigate.policy.json_web_token import Expectation, Token, looks_like_token, read_token, refusal
from trigate.policy.scope import claimed_scopes
from trigate.store.login import Signer

LANE = "mcp"
ALGORITHM = "ES256"
LEEWAY = 5.0
"""Seconds by which the clocks of the gateway's machines may differ."""
MOST_REMEMBERED = 10_000


class Login(Credential, weakref=True):
    """Whether a token still counts: it ends with its login, and with the key by which its user logged in."""

    is_own: bool = True
    login: str = ""
    key: str = ""


class OwnTokens:
    """Knows them again (policy.authenticator.Identify is `identify`)."""

    def __init__(self, url: str, directory: Directory) -> None:
        """`url` is the issuer, and what endpoints' addresses begin with."""
        self._url = url
        self._directory = directory
        claims = Claims(user="user", agent="client_id", organisation="organisation")
        self._mapped = Mapped("login", claims, (LANE,), directory.roster)
        self._pepper = os.urandom(32)
        self._accepted = Cache[bytes, tuple[int, str, Principal]](MOST_REMEMBERED)
        self._signers: tuple[Signer, ...] = ()
        self._keys: tuple[PublicKey, ...] = ()
        self._live = WeakSet[Login]()
        directory.watch(self._end_over)

    def identify(self, exchange: Exchange) -> Principal | Awaitable[Principal | None] | None:
        """See `Identify`; a token of another issuer is left to the next."""
        value = exchange.request.fields.get(b"authorization", b"")
        raw = value[7:].strip() if value[:7].lower() == b"bearer " else b""
        if not raw or not looks_like_token(raw):
            return None
        digest = blake2b(raw, key=self._pepper, digest_size=32).digest()
        known = self._accepted.get(digest, clock.wall_ns() / 1e9)
        if known is not None and known[:2] == (self._directory.revision, self._resource(exchange)):
            exchange.credentials = frozenset((b"authorization",))
            return known[2]
        token = read_token(raw)
        if token.claims.get("iss") != self._url:
            return None
        if not self._directory.known:
            return self._later(exchange, token, digest)
        return self._conclude(exchange, token, digest)

    async def _later(self, exchange: Exchange, token: Token, digest: bytes) -> Principal:
        await self._directory.learn()
        return self._conclude(exchange, token, digest)

    def _resource(self, exchange: Exchange) -> str:
        """What a token for this request names: the address of the endpoint, nothing outside the lane."""
        return f"{self._url}/{exchange.route}" if exchange.lane == LANE else ""

    def _conclude(self, exchange: Exchange, token: Token, digest: bytes) -> Principal:
        resource = self._resource(exchange)
        try:
            until = self._verify(token, resource)
            principal = self._principal(token.claims, until)
        except Unauthenticated as error:
            error.final = True  # it is the gateway's own, and meant for nobody else
            raise
        self._accepted.put(digest, (self._directory.revision, resource, principal), until)
        exchange.credentials = frozenset((b"authorization",))
        return principal

    def _verify(self, token: Token, resource: str) -> float:
        if not resource:
            raise refusal("it is good at MCP endpoints only")
        until = Expectation(self._url, frozenset((resource,)), LEEWAY).check(token.claims, clock.wall_ns() / 1e9)
        keys = fitting(self._published(), ALGORITHM, token.key_id) if token.algorithm == ALGORITHM else ()
        if not any(key.id == token.key_id and key.verifies(ALGORITHM, token.signed, token.signature) for key in keys):
            raise refusal("it is not signed by a key of this gateway")
        return until

    def _published(self) -> tuple[PublicKey, ...]:
        signers = self._directory.roster.signers
        if signers is not self._signers:
            texts = ",".join(each.public for each in signers)
            self._signers, self._keys = signers, read_key_set(f'{{"keys":[{texts}]}}'.encode())
        return self._keys

    def _principal(self, claims: Mapping[str, Any], until: float) -> Principal:
        roster, login, user = self._directory.roster, str(claims.get("login", "")), str(claims.get("user", ""))
        if login in roster.ended:
            raise refusal("its login has been revoked")
        if claims.get("known") and user not in roster.users:
            raise refusal("its user is not known any more")
        mapped = self._mapped.principal(claims, until, until)
        key = str(claims.get("key", ""))
        if not key:
            standing = self._stand(Login(until=until, login=login))
            name = f"login:{user or claims.get('client_id')}"
            return replace(mapped, key=name, restriction=_restriction(claims), standing=standing)
        holder = self._directory.named(key)
        if holder is None or holder.user != user:
            raise refusal("the key by which its user logged in is not valid any more")
        standing = self._stand(Login(until=until, networks=_networks(holder), login=login, key=key))
        # What the key may not, and where it may not be used from, and what is counted for it, is so for its logins.
        limited = replace(holder.restriction, scopes=claimed_scopes(claims))
        return replace(
            holder, lanes=holder.lanes & mapped.lanes, agent=holder.agent or mapped.agent, restriction=limited,
            claims=claims, expires=mapped.expires, access=None, limits=None, standing=standing,
        )  # fmt: skip

    def _stand(self, standing: Login) -> Login:
        self._live.add(standing)
        return standing

    def _end_over(self) -> None:
        ended, live = self._directory.roster.ended, list(self._live)
        gone = {key for key in {each.key for each in live} if key and self._directory.named(key) is None}
        for each in live:
            each.ended = each.ended or each.login in ended or each.key in gone


def _restriction(claims: Mapping[str, Any]) -> Restriction:
    servers: Any = claims.get("servers")
    named = tuple(each for each in servers if isinstance(each, str)) if isinstance(servers, list) else ANY  # pyright: ignore[reportUnknownVariableType]
    return replace(UNRESTRICTED, servers=named, scopes=claimed_scopes(claims))


def _networks(holder: Principal) -> tuple[Network, ...]:
    return holder.standing.networks if isinstance(holder.standing, Credential) else ()
