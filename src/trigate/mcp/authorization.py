"""What clients without a good token are told: where one is to be had, and what it must open (RFC 9728, RFC 6750)."""

from collections.abc import Sequence

from trigate.core.errors import GatewayError, InsufficientScope, Unauthenticated
from trigate.core.exchange import Exchange
from trigate.core.principal import ANY
from trigate.core.settings import Settings
from trigate.policy.scope import SCOPES, covers

WELL_KNOWN = "/.well-known/oauth-protected-resource"
_CHALLENGE = b"www-authenticate"


class AuthorizationSettings(Settings):
    """Tokens of identity providers at the endpoints of this lane.

    They are proved by `policy.authenticators` (`kind: jwt` or `introspection`); here it is said that clients are sent
    to these providers, and that such a token must name the very endpoint it is used at.
    """

    issuers: tuple[str, ...]
    """Issuers whose tokens are accepted, as `iss` says; tokens of others are refused in this lane."""
    scope_claim: str = ""
    """Claim with scopes such as `mcp:tools`, by which tokens of these issuers are limited; empty: they are not."""

    def __post_init__(self) -> None:
        if not self.issuers or not all(each.startswith(("https://", "http://")) for each in self.issuers):
            raise ValueError("`issuers` are URLs, at least one")


class Challenges:
    """Adds to errors what a client needs to get a better token."""

    __slots__ = ("_url",)

    def __init__(self, url: str) -> None:
        """`url` is what the addresses of endpoints begin with."""
        self._url = url

    def complete(self, exchange: Exchange, error: GatewayError) -> None:
        """Have the error demand what the specification does (2025-11-25, authorization: scope challenge handling)."""
        if isinstance(error, InsufficientScope):
            scope = " ".join(_widened(exchange, error.scope))
            said = f'Bearer error="insufficient_scope", scope="{scope}", {self._metadata(exchange)}'
            error.headers = (*error.headers, (_CHALLENGE, said.encode()))
        elif isinstance(error, Unauthenticated):
            more = f'{self._metadata(exchange)}, scope="{" ".join(SCOPES)}"'
            others = tuple(each for each in error.headers if each[0] != _CHALLENGE)
            before = next((value for name, value in error.headers if name == _CHALLENGE), b"")
            said = before + b", " if before[:7].lower() == b"bearer " else b"Bearer "
            error.headers = (*others, (_CHALLENGE, said + more.encode()))

    def _metadata(self, exchange: Exchange) -> str:
        place = f"/{exchange.route}" if exchange.route else ""
        return f'resource_metadata="{self._url}{WELL_KNOWN}{place}"'


def _widened(exchange: Exchange, wanted: str) -> Sequence[str]:
    """All that the client has, and what it lacks: it asks once for everything, and loses nothing."""
    principal = exchange.principal
    held = principal.restriction.scopes if principal is not None else ANY
    kept = [each for each in held if each != "*" and not covers([wanted], each)]
    return [*kept, wanted]
