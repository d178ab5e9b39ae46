"""What rules come to for one principal."""

from typing import Any

from trigate.core.action import Action
from trigate.core.principal import Principal
from trigate.policy.clause import compile_rule
from trigate.policy.grants import Grants
from trigate.policy.rule import Rule
from trigate.policy.rulebook import Rulebook

CALL = Action("mcp.tools.call", "server/s/tool/t")
RED = Principal("k", frozenset({"mcp"}), team="red")


def grants(*rules: Rule, principal: Principal = RED, default: Any = "deny") -> Grants:
    clauses = [compile_rule(rule, str(number)) for number, rule in enumerate(rules)]
    return Grants(Rulebook(clauses, default), principal, clauses)


def test_a_condition_on_the_principal_is_decided_for_good() -> None:
    found = grants(
        Rule(allow=("*",), when='principal.team == "red"'), Rule(allow=("*",), when='principal.team == "blue"')
    )
    decision = found.decide(CALL)
    assert (decision.allowed, decision.by and decision.by.place, decision.allowing) == (True, "0", ())


def test_a_condition_on_the_request_is_left_to_the_call() -> None:
    found = grants(Rule(allow=("*",), when='request.method == "GET"'), Rule(deny=("*",), when="arguments.x == 1"))
    decision = found.decide(CALL)
    assert (decision.allowed, decision.reason) == (False, "default")
    assert [each.place for each in decision.allowing] == ["0"]
    assert [each.place for each in decision.denying] == ["1"]


def test_what_denies_for_certain_leaves_nothing_open() -> None:
    decision = grants(Rule(deny=("*",), when="arguments.x == 1"), Rule(deny=("mcp.*",))).decide(CALL)
    assert (decision.allowed, decision.by and decision.by.place, decision.denying) == (False, "1", ())


def test_what_is_allowed_anyway_asks_no_condition() -> None:
    decision = grants(Rule(allow=("*",)), Rule(allow=("*",), when="arguments.x == 1")).decide(CALL)
    assert (decision.allowed, decision.allowing) == (True, ())


def test_a_decision_is_remembered() -> None:
    found = grants(Rule(allow=("*",)))
    assert found.decide(CALL) is found.known[Action(CALL.name, CALL.resource)]
