"""Shown names are short and plain, and never the same for two things."""

import re

from hypothesis import given
from hypothesis import strategies as st

from trigate.mcp.naming import is_coded, shown_name, table

own_names = st.text(min_size=1, max_size=80) | st.from_regex(r"[a-z]{1,4}_[0-9a-f]{10}", fullmatch=True)


@given(own_names, st.integers(64, 128))
def test_a_name_is_one_that_every_client_takes(own: str, longest: int):
    shown = shown_name("server__", own, longest)
    assert re.fullmatch(rf"[A-Za-z0-9_-]{{1,{longest}}}", shown)
    assert shown.startswith("server__")


@given(st.sets(own_names, min_size=2, max_size=5))
def test_no_two_become_one(names: set[str]):
    assert len({shown_name("s__", each) for each in names}) == len(names)


@given(st.lists(own_names, max_size=5, unique=True))
def test_the_table_leads_back(names: list[str]):
    found = table(names, lambda own: shown_name("s__", own))
    assert {each: found.get(shown_name("s__", each), each) for each in names} == {each: each for each in names}


def test_plain_names_stay_what_they_are_and_others_are_known_by_their_end():
    assert shown_name("s__", "push_force") == "s__push_force"
    assert not is_coded("s__push_force")
    assert is_coded(shown_name("s__", "push", taken=True))
    assert shown_name("s__", "push", taken=True) != shown_name("s__", "push.")


def test_a_name_does_not_depend_on_when_or_where_it_is_made():
    assert shown_name("s__", "a.b") == "s__a_b_" + shown_name("", "a.b")[-10:]
    assert shown_name("s__", "a.b") == "s__a_b_ab1f84b1e7"
