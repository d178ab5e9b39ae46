"""Rules, compiled: whom they concern, and how they are found."""

from typing import Any

import pytest

from trigate.core.action import Action
from trigate.core.principal import Principal
from trigate.policy.clause import attributes, compile_rule
from trigate.policy.rule import Rule
from trigate.policy.selector import WHO


def handle(organisation: str = "", **rule: Any) -> set[tuple[str, str]]:
    return set(compile_rule(Rule(allow=("*",), **rule), "here", organisation).handle())


@pytest.mark.parametrize(
    ("rule", "handles"),
    [
        ({}, set()),
        ({"team": "red"}, {("team", "red")}),
        ({"team": ("red", "blue")}, {("team", "red"), ("team", "blue")}),
        ({"team": "r*"}, set()),
        ({"team": "red", "user": "ann"}, {("user", "ann")}),
        ({"team": "red", "user": "a*"}, {("team", "red")}),
        ({"claim": {"x": "y"}}, set()),
    ],
)
def test_a_rule_is_found_by_the_most_telling_name(rule: dict[str, Any], handles: set[tuple[str, str]]) -> None:
    assert handle(**rule) == handles


def test_a_rule_of_an_organisation_is_found_by_it() -> None:
    assert handle("acme") == {("organisation", "acme")}
    assert handle("acme", team="red") == {("team", "red")}


def test_a_rule_of_an_organisation_concerns_its_own_alone() -> None:
    clause = compile_rule(Rule(team="red", allow=("*",)), "here", "acme")
    assert clause.concerns(Principal("k", frozenset(), team="red", organisation="acme"))
    assert not clause.concerns(Principal("k", frozenset(), team="red", organisation="other"))
    assert not clause.concerns(Principal("k", frozenset(), team="red"))


def test_every_word_for_a_caller_is_an_attribute() -> None:
    full = Principal("k", frozenset(), "u", "a", "t", "o", frozenset("r"), "e")
    assert [list(attributes(full, who)) for who in WHO] == [["k"], ["u"], ["e"], ["a"], ["t"], ["o"], ["r"]]
    assert [list(attributes(Principal("", frozenset()), who)) for who in WHO] == [[]] * len(WHO)


def test_an_entry_needs_both_to_fit() -> None:
    (entry,) = compile_rule(Rule(allow=("mcp.tools.* server/git/*",)), "here").allow
    assert entry.fits(Action("mcp.tools.call", "server/git/tool/x"))
    assert not entry.fits(Action("mcp.tools.call", "server/github/tool/x"))
    assert not entry.fits(Action("mcp.prompts.get", "server/git/prompt/x"))
