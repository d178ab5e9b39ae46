"""What claims about a caller mean here: user, agent, team, organisation, roles, lanes."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

from trigate.core.errors import Unauthenticated
from trigate.core.principal import Principal, Standing
from trigate.core.settings import Settings
from trigate.policy.roster import ADMINISTRATIVE, Roster
from trigate.store.directory import Agent, User

LONGEST_NAME = 256
"""Characters of a name taken from a claim."""
MOST_ROLES = 256
LaneName = Literal["api", "llm", "mcp"]
LANES: tuple[LaneName, ...] = get_args(LaneName)


class Claims(Settings):
    """Where claims say who is calling; a path is the name of a claim, or names joined by dots for claims in claims.

    A list or a text with spaces is taken as several values where several make sense.
    """

    user: str = "sub"
    """Claim with the person's name; empty: none."""
    agent: str = ""
    """Claim with the name of an agent (service account)."""
    team: str = ""
    """Claim with the team, or with groups of which `teams` names the team."""
    teams: dict[str, str] = {}
    """Team for each value of the `team` claim; values not named here belong to no team."""
    organisation: str = ""
    """Claim with the organisation."""
    roles: str = ""
    """Claim with roles, such as `realm_access.roles`."""
    lanes: str = ""
    """Claim with the lanes the caller may use, such as `scope`; empty: all that the authenticator opens."""


class Mapped:
    """Turns claims into principals."""

    __slots__ = ("_lanes", "_roster", "_settings", "name")

    def __init__(self, name: str, settings: Claims, lanes: tuple[LaneName, ...], roster: Roster) -> None:
        """`name` stands before the caller's in records."""
        self.name = name
        self._settings = settings
        self._lanes = frozenset(lanes)
        self._roster = roster

    def principal(self, claims: Mapping[str, Any], expires: float, until: float = float("inf")) -> Principal:
        """Whom the claims name; `until` is when what is done in that name must end, in wall-clock seconds.

        Raises Unauthenticated if they do not name anybody, or contradict what the store says.
        """
        wanted, roster = self._settings, self._roster
        user, agent = _name(claims, wanted.user), _name(claims, wanted.agent)
        if not user and not agent:
            raise Unauthenticated("the credential does not say who is calling")
        owner = roster.users.get(user) or roster.agents.get(agent)
        team = self._team(claims) or _only_team(owner)
        organisation = _name(claims, wanted.organisation)
        return Principal(
            f"{self.name}:{agent or user}",
            self._allowed(claims),
            user,
            agent,
            team,
            self._organisation(organisation, team, getattr(owner, "organisation", "")),
            self._held(claims, owner),
            claims=claims,
            expires=expires,
            standing=Standing(until=until),
        )

    def _allowed(self, claims: Mapping[str, Any]) -> frozenset[str]:
        if not self._settings.lanes:
            return self._lanes
        return self._lanes & set(_values(find_claim(claims, self._settings.lanes)))

    def _held(self, claims: Mapping[str, Any], owner: User | Agent | None) -> frozenset[str]:
        """Roles: those of the claim, else those the store gives the caller, never the ones of the admin API."""
        if self._settings.roles:
            return frozenset(_values(find_claim(claims, self._settings.roles))[:MOST_ROLES])
        return frozenset(owner.roles if owner else ()) - ADMINISTRATIVE

    def _team(self, claims: Mapping[str, Any]) -> str:
        values = _values(find_claim(claims, self._settings.team), split=False)
        if self._settings.teams:
            return next((self._settings.teams[each] for each in values if each in self._settings.teams), "")
        if len(values) > 1:
            raise Unauthenticated("the credential names several teams, of which none is chosen here")
        return values[0] if values else ""

    def _organisation(self, claimed: str, team: str, owners: str) -> str:
        row = self._roster.teams.get(team)
        known = (row.organisation if row else "") or owners
        if claimed and known and claimed != known:
            raise Unauthenticated("the credential names an organisation to which its team or user does not belong")
        return claimed or known


def find_claim(claims: Mapping[str, Any], path: str) -> Any:
    """The claim of this name, else the one found by following the names between dots; None if there is none."""
    if not path:
        return None
    if path in claims:
        return claims[path]
    found: Any = claims
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    return found  # pyright: ignore[reportUnknownVariableType]


def _name(claims: Mapping[str, Any], path: str) -> str:
    value = find_claim(claims, path)
    if value is None:
        return ""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not text or len(text) > LONGEST_NAME or not text.isprintable():
        raise Unauthenticated(f"the claim {path!r} of the credential is not a name")
    return text


def _values(value: Any, *, split: bool = True) -> list[str]:
    if isinstance(value, str):
        listed: list[Any] = value.split() if split else [value]
    else:
        listed = value if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType]
    return [each for each in listed if isinstance(each, str) and 0 < len(each) <= LONGEST_NAME and each.isprintable()]


def _only_team(owner: Any) -> str:
    teams = getattr(owner, "teams", None) or ((owner.team,) if getattr(owner, "team", "") else ())
    return teams[0] if len(teams) == 1 else ""
