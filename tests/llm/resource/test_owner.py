"""Whose something is: never two callers' by chance."""

from hypothesis import given
from hypothesis import strategies as st

from trigate.core.principal import Principal
from trigate.llm.resource.owner import owner_of

NAMES = st.text(alphabet="ab/:1", max_size=4)
LLM = frozenset({"llm"})


def test_colleagues_share_what_is_kept_per_team():
    one, two = (Principal(key, LLM, team="red", user=key) for key in ("a", "b"))
    assert owner_of(one, "team") == owner_of(two, "team")
    assert owner_of(one, "user") != owner_of(two, "user")


def test_keys_of_a_person_share_what_is_kept_per_user():
    one, two = (Principal(key, LLM, user="ann") for key in ("a", "b"))
    assert owner_of(one, "team") == owner_of(two, "team") == owner_of(one, "user")
    assert owner_of(one, "key") != owner_of(two, "key")


def test_an_end_user_stands_alone():
    one, two = (Principal("a", LLM, team="red", on_behalf_of=user) for user in ("x", "y"))
    assert len({owner_of(each, "team") for each in (one, two, Principal("a", LLM, team="red"))}) == 3


def test_a_team_of_another_organisation_is_another():
    one, two = (Principal("a", LLM, team="red", organisation=each) for each in ("x", "y"))
    assert owner_of(one, "team") != owner_of(two, "team")


@given(NAMES, NAMES, NAMES, NAMES, NAMES, NAMES)
def test_no_two_callers_read_alike(team: str, organisation: str, user: str, team2: str, organisation2: str, user2: str):
    one = Principal("k", LLM, team=team, organisation=organisation, on_behalf_of=user)
    two = Principal("k", LLM, team=team2, organisation=organisation2, on_behalf_of=user2)
    same = (team, organisation, user) == (team2, organisation2, user2)
    assert (owner_of(one, "team") == owner_of(two, "team")) is same
