"""Who has begun something that is counted later, as far as limits and records look at it."""

from typing import Any

from msgspec import Struct

from trigate.core.principal import Principal

MOST_CLAIMS = 32
LONGEST_CLAIM = 256
"""Characters of a claim that is remembered."""


class Bearer(Struct, frozen=True, omit_defaults=True):
    """The part of a principal that outlives its request; no secret."""

    key: str = ""
    key_id: str = ""
    user: str = ""
    agent: str = ""
    team: str = ""
    organisation: str = ""
    on_behalf_of: str = ""
    roles: frozenset[str] = frozenset()
    claims: dict[str, str | int | bool] = {}
    """Short ones alone: a budget may count by one of them."""

    def principal(self) -> Principal:
        """Whose name later calls bear."""
        return Principal(
            self.key,
            frozenset({"llm"}),
            user=self.user,
            agent=self.agent,
            team=self.team,
            organisation=self.organisation,
            roles=self.roles,
            on_behalf_of=self.on_behalf_of,
            claims=self.claims,
            key_id=self.key_id,
        )


def bearer_of(principal: Principal) -> Bearer:
    """What is remembered of a caller."""
    return Bearer(
        principal.key,
        principal.key_id,
        principal.user,
        principal.agent,
        principal.team,
        principal.organisation,
        principal.on_behalf_of,
        principal.roles,
        dict([(name, value) for name, value in principal.claims.items() if _is_short(value)][:MOST_CLAIMS]),
    )


def _is_short(value: Any) -> bool:
    return isinstance(value, int) or (isinstance(value, str) and len(value) <= LONGEST_CLAIM)
