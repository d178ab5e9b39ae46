"""Whose a connection is: no two subjects are taken for one another."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from trigate.core.connection import GATEWAY, Subject, person
from trigate.core.principal import Principal

WORDS = st.text("ab/%", max_size=3)
SUBJECTS = st.builds(Subject, WORDS, WORDS, WORDS, WORDS, WORDS)


def principal(**more: Any) -> Principal:
    return Principal("k1", frozenset(), **more)


def test_a_user_is_the_same_by_whichever_key():
    ada = person(principal(user="ada", organisation="acme"))
    assert ada == Subject("acme", user="ada")
    assert ada == person(Principal("k2", frozenset(), user="ada", organisation="acme", agent="x"))
    assert ada.shown == "user ada"


def test_who_is_no_user_is_the_agent_or_key():
    assert person(principal(agent="bot")).name == "/agent/bot"
    assert person(principal(agent="bot")).shown == "agent bot"
    assert not person(principal(agent="bot")).logs_in
    assert person(principal()).shown == "key k1"


def test_a_key_is_not_taken_for_the_agent_of_its_name():
    agent, key = person(principal(agent="bot")), person(Principal("bot", frozenset()))
    assert agent != key
    assert agent.name != key.name


def test_an_end_user_belongs_to_the_key_that_names_it():
    named = person(principal(user="app", on_behalf_of="ada"))
    assert named.name == "/end/k1/ada"
    assert named.shown == "user ada of k1"
    assert not named.logs_in
    assert named.name != person(principal(user="ada")).name


def test_what_is_shared_has_a_name_of_its_own():
    assert GATEWAY.name == "gateway"
    assert GATEWAY.shown == "the gateway"
    assert Subject(team="t").shown == "team t"


@given(SUBJECTS, SUBJECTS)
def test_no_two_subjects_spell_alike(one: Subject, other: Subject):
    def meaning(each: Subject) -> object:
        if each.user:
            return each.organisation, "user", each.user, each.key
        word = next((name for name in ("team", "agent", "key") if getattr(each, name)), "")
        return (each.organisation, word, getattr(each, word)) if word else None

    assert (one.name == other.name) == (meaning(one) == meaning(other))
