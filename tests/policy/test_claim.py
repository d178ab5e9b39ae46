"""What claims mean here."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.errors import Unauthenticated
from trigate.core.principal import Principal
from trigate.policy.bulletin import Whole
from trigate.policy.claim import Claims, Mapped, find_claim
from trigate.policy.roster import Roster
from trigate.store.directory import Agent, Snapshot, Team, User

ROSTER = Roster()
ROSTER.take(
    Whole(
        Snapshot(
            revision=1,
            pepper=bytes(32),
            teams=(Team(name="ops", organisation="acme"),),
            users=(User(name="ada", organisation="acme", teams=("ops",)), User(name="eve", teams=("a", "b"))),
            agents=(Agent(name="bot", team="ops", roles=("reader", "admin")),),
        )
    )
)


def principal(settings: Claims, **claims: Any) -> Principal:
    return Mapped("idp", settings, ("llm", "mcp"), ROSTER).principal(claims, 1.0)


@pytest.mark.parametrize(
    ("path", "found"),
    [("a", 1), ("b.c", 2), ("x.y", 3), ("https://x.example/team", 4), ("b.d", None), ("a.b", None), ("", None)],
)
def test_a_claim_is_found_by_its_whole_name_or_by_its_path(path: str, found: object) -> None:
    assert find_claim({"a": 1, "b": {"c": 2}, "x.y": 3, "x": {"y": 0}, "https://x.example/team": 4}, path) == found


def test_the_store_says_what_the_claims_do_not() -> None:
    ada, bot = principal(Claims(), sub="ada"), principal(Claims(user="", agent="sub"), sub="bot")
    assert (ada.key, ada.user, ada.team, ada.organisation) == ("idp:ada", "ada", "ops", "acme")
    assert (bot.key, bot.agent, bot.team, bot.organisation, bot.roles) == ("idp:bot", "bot", "ops", "acme", {"reader"})
    assert principal(Claims(), sub="eve").team == ""
    assert principal(Claims(), sub=4711).user == "4711"


def test_an_organisation_that_the_store_contradicts_is_refused() -> None:
    claims = Claims(team="team", organisation="org")
    assert principal(claims, sub="x", team="ops", org="acme").organisation == "acme"
    assert principal(claims, sub="x", team="other", org="evil").organisation == "evil"
    with pytest.raises(Unauthenticated):
        principal(claims, sub="x", team="ops", org="evil")
    with pytest.raises(Unauthenticated):
        principal(claims, sub="ada", team="other", org="evil")


def test_one_of_several_groups_is_the_team_only_by_the_map() -> None:
    mapped = Claims(team="groups", teams={"g1": "one", "g2": "two"})
    assert principal(mapped, sub="x", groups=["g9", "g2", "g1"]).team == "two"
    assert principal(mapped, sub="x", groups=["g9"]).team == ""
    assert principal(Claims(team="groups"), sub="x", groups=["g9"]).team == "g9"
    with pytest.raises(Unauthenticated):
        principal(Claims(team="groups"), sub="x", groups=["g1", "g2"])


def test_lanes_are_never_more_than_the_authenticator_opens() -> None:
    assert principal(Claims(lanes="scope"), sub="x", scope="api llm everything").lanes == {"llm"}
    assert principal(Claims(lanes="scope"), sub="x").lanes == frozenset()
    assert principal(Claims(), sub="x").lanes == {"llm", "mcp"}


_VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=4)


@given(st.dictionaries(st.sampled_from(["sub", "team", "org", "roles", "scope"]), _VALUES))
def test_whatever_claims_hold_the_principal_is_made_of_names(claims: dict[str, Any]) -> None:
    settings = Claims(team="team", organisation="org", roles="roles", lanes="scope")
    try:
        found = principal(settings, **claims)
    except Unauthenticated:
        return
    for name in (found.user, found.team, found.organisation, *found.roles):
        assert name.isprintable()
        assert len(name) <= 256
    assert found.lanes <= {"llm", "mcp"}
