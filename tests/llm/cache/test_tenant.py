"""Who shares answers: never two of different tenants, whatever they are called."""

from hypothesis import given
from hypothesis import strategies as st

from trigate.core.principal import Principal
from trigate.llm.cache.tenant import tenant_of
from trigate.llm.cache_settings import Per

NAMES = st.sampled_from(["", "a", "b", "team", "key"])
PERS: list[Per] = ["organisation", "team", "user", "key"]
PRINCIPALS = st.builds(
    Principal,
    key=st.sampled_from(["a", "b"]),
    lanes=st.just(frozenset({"llm"})),
    user=NAMES,
    team=NAMES,
    organisation=NAMES,
    agent=NAMES,
    key_id=NAMES,
    on_behalf_of=NAMES,
)


@given(PRINCIPALS, PRINCIPALS, st.sampled_from(PERS))
def test_who_shares_belongs_to_the_same_tenant(one: Principal, other: Principal, per: Per):
    if tenant_of(one, per) != tenant_of(other, per):
        return
    assert one.organisation == other.organisation
    if per == "organisation" and one.organisation:
        return
    assert one.team == other.team or per == "user"
    if per == "team" and one.team:
        return
    assert one.user == other.user
    if per == "user" and one.user and not one.on_behalf_of:
        return
    assert (one.key, one.key_id, one.agent) == (other.key, other.key_id, other.agent)
    assert one.on_behalf_of == other.on_behalf_of or per == "key"


@given(PRINCIPALS, st.sampled_from(PERS))
def test_everybody_shares_with_itself(one: Principal, per: Per):
    assert tenant_of(one, per) == tenant_of(one, per)
