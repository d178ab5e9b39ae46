"""How much a call may use: what all kinds of limits have in common."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.limiting.stage import budget, only, rate
from tests.policy.test_access import call_of
from trigate.core.action import Action
from trigate.core.principal import Principal
from trigate.core.settings import Duration
from trigate.policy.limit import Limits, texts, to_length, to_nanos


def test_without_limits_nothing_is_held() -> None:
    assert Limits().hold(call_of(Principal("dev", frozenset({"llm"})), Action("llm.chat", "model/x"))) is None


def test_a_name_that_is_not_written_tells_what_is_limited_and_stays_wherever_the_limit_stands() -> None:
    named = [only(each).name for each in (rate("key header:x-a", requests=1), rate(requests=1, team="a"))]
    assert named[0] == "rate-requests-key-header.x-a-1m"
    assert named[1].startswith("rate-requests-1m-")
    assert named[1] == only(rate(requests=99, team="a")).name != only(rate(requests=1, team="b")).name


def test_what_an_organisation_owns_is_named_after_it() -> None:
    (quota,) = budget("team", name="purse", usd=1).quotas("acme")
    assert quota.name == "acme:purse"
    assert quota.selector.organisation == "acme"


@given(st.lists(st.tuples(st.text("ab.:~", max_size=3), st.text("ab.-", max_size=4).map("x".__add__)), unique=True))
def test_limits_of_different_owners_never_share_a_name(owned: list[tuple[str, str]]) -> None:
    names = [quota.name for owner, name in owned for quota in budget("team", name=name, usd=1).quotas(owner)]
    assert len(set(names)) == len(owned)


@pytest.mark.parametrize("organisation", ["R&D 100%", 'a";b=1', "日本"])
def test_what_an_organisation_is_called_can_stand_in_a_header_field(organisation: str) -> None:
    (quota,) = budget("team", name="purse", usd=1).quotas(organisation)
    assert re.fullmatch(r"[A-Za-z0-9_.~-]+:purse", quota.name)


def test_soft_and_hidden_limits_tell_callers_nothing() -> None:
    assert only(rate(requests=1)).told
    assert not only(rate(requests=1, hard=False)).told
    assert not only(rate(requests=1, headers=False)).told
    assert not only(rate(requests=1, shadow=True)).told


@given(st.integers(0, 10**18 - 1))
def test_money_becomes_nano_dollars_exactly(nanos: int) -> None:
    assert to_nanos(Decimal(nanos).scaleb(-9)) == nanos


@pytest.mark.parametrize("dollars", ["0.1234567891", "1e9", "NaN", "Infinity"])
def test_money_that_cannot_be_counted_is_refused(dollars: str) -> None:
    with pytest.raises(ValueError, match="cannot be counted"):
        to_nanos(Decimal(dollars))


def test_lengths_are_nanoseconds() -> None:
    assert to_length(Duration(0.001)) == 1_000_000
    with pytest.raises(ValueError, match="at least 1ms"):
        to_length(Duration(0.0009))


def test_one_text_is_a_list_of_one() -> None:
    assert (texts("a"), texts(("a", "b")), texts(())) == (("a",), ("a", "b"), ())
