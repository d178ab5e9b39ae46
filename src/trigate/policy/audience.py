"""Tokens of other issuers at MCP endpoints: each names the endpoint that is called, and can be limited by scopes."""

from collections.abc import Awaitable, Mapping
from typing import Any

from msgspec.structs import replace

from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.policy.authenticator import Identified, Identify
from trigate.policy.cache import Cache
from trigate.policy.json_web_token import refusal
from trigate.policy.scope import claimed_scopes

LANE = "mcp"
MOST_REMEMBERED = 10_000


class Audiences:
    """Checks what authenticators have accepted; keys and certificates, which hold no claims, pass."""

    def __init__(self, url: str, issuers: tuple[str, ...], claim: str = "") -> None:
        """`url` is what endpoints' addresses begin with, `claim` the one with scopes; empty: they are not looked at."""
        self._url = url
        self._issuers = frozenset(issuers)
        self._claim = claim
        self._narrowed = Cache[int, tuple[Principal, Principal]](MOST_REMEMBERED)

    def checking(self, identify: Identify) -> Identify:
        """The same proof, after which the token is looked at again."""

        def check(exchange: Exchange) -> Identified | Awaitable[Identified]:
            found = identify(exchange)
            if found is None or exchange.lane != LANE:
                return found
            return self._checked(found, exchange) if isinstance(found, Principal) else self._later(found, exchange)

        return check

    async def _later(self, found: Awaitable[Identified], exchange: Exchange) -> Identified:
        principal = await found
        return None if principal is None else self._checked(principal, exchange)

    def _checked(self, principal: Principal, exchange: Exchange) -> Principal:
        issuer = principal.claims.get("iss")
        if issuer is None:
            return principal
        if issuer not in self._issuers:
            raise refusal("its issuer is none of those whose tokens are good here")
        if f"{self._url}/{exchange.route}" not in _meant_for(principal.claims):
            raise refusal("it is meant for somebody else")
        return self._narrow(principal) if self._claim else principal

    def _narrow(self, principal: Principal) -> Principal:
        # The same caller stays the same object, so that what is worked out for it is worked out once.
        known = self._narrowed.get(id(principal), 0)
        if known is not None and known[0] is principal:
            return known[1]
        scopes = claimed_scopes(principal.claims, self._claim)
        narrowed = replace(
            principal, restriction=replace(principal.restriction, scopes=scopes), access=None, limits=None
        )
        self._narrowed.put(id(principal), (principal, narrowed), float("inf"))
        return narrowed


def _meant_for(claims: Mapping[str, Any]) -> list[str]:
    """RFC 9068 §3 and RFC 8707 §2: what `aud` names, and `resource` where an issuer says it so."""
    found: list[str] = []
    for name in ("aud", "resource"):
        value: Any = claims.get(name)
        listed: list[Any] = value if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownVariableType]
        found += [each.removesuffix("/") for each in listed if isinstance(each, str)]
    return found
