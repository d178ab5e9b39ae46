"""Rules as they are written: what is accepted, and what could never mean anything."""

from typing import Any

import pytest

from trigate.config.load import load_text
from trigate.config.problem import InvalidConfig
from trigate.policy.rule import Rule, condition, parse_entry, read_rule


@pytest.mark.parametrize(
    ("entry", "globs"),
    [
        ("llm.*", ("llm.*", "*")),
        ("mcp.tools.call server/zendesk/*", ("mcp.tools.call", "server/zendesk/*")),
        ("  api.request   route/orders ", ("api.request", "route/orders")),
        ("mcp.* server/s/tool/with space", ("mcp.*", "server/s/tool/with space")),
    ],
)
def test_an_entry_is_an_action_and_a_resource(entry: str, globs: tuple[str, str]) -> None:
    assert parse_entry(entry) == globs


@pytest.mark.parametrize(
    "entry",
    [
        "*",
        "*.list",
        "llm.chat",
        "m*.tools.call",
        "* model/x",
        "llm.* *",
        "llm.* m*l/x",
        "mcp.* server/*",
        "* endpoint/x",
    ],
)
def test_entries_that_may_fit_are_accepted(entry: str) -> None:
    assert Rule(allow=(entry,)).allow == (entry,)


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({}, "`allow`, `deny` or both"),
        ({"team": "red"}, "`allow`, `deny` or both"),
        ({"allow": ("",)}, "an empty entry"),
        ({"allow": ("lmm.*",)}, "an action begins with"),
        ({"deny": ("llm",)}, "an action begins with"),
        ({"deny": ("mcp.tools.call zendesk/*",)}, "a resource begins with"),
        ({"deny": ("mcp.tools.call servers/zendesk",)}, "a resource begins with"),
        ({"deny": ("llm.* model",)}, "a resource begins with"),
        ({"allow": ("*",), "team": ""}, "names nobody"),
        ({"allow": ("*",), "team": ("a", "")}, "names nobody"),
        ({"allow": ("*",), "team": ()}, "names nobody"),
        ({"allow": ("*",), "claim": {"x": ("",)}}, "names nobody"),
        ({"allow": ("*",), "claim": {"x": ()}}, "names nobody"),
        ({"allow": ("*",), "when": "1 + 1"}, "when: a condition is true or false"),
        ({"allow": ("*",), "when": "principal.name == 'x'"}, "when: principal has no member 'name'"),
    ],
)
def test_a_rule_that_could_never_do_anything_is_refused(rule: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Rule(**rule)


def test_a_rule_of_the_file_is_one_or_several_texts() -> None:
    text = """
policy:
  access:
    - { team: support, allow: ["llm.*", "mcp.tools.call server/zendesk/*"] }
    - { key: [a, b], role: admin, claim: { tier: [gold, silver] }, deny: ["*"], when: 'request.method == "GET"' }
  access_default: allow
"""
    first, second = load_text(text, "trigate.yaml", {}).policy.access
    assert first.selectors() == {"team": ("support",)}
    assert second.selectors() == {"key": ("a", "b"), "role": ("admin",)}
    assert second.claim == {"tier": ("gold", "silver")}


def test_a_wrong_condition_is_told_with_its_line() -> None:
    with pytest.raises(InvalidConfig, match=r"f.yaml:3:7 policy.access\[0\]: when: not an expression: 1:4"):
        load_text("policy:\n  access:\n    - { allow: ['*'], when: '1 +' }\n", "f.yaml", {})


def test_a_rule_of_the_store_is_the_same_as_json() -> None:
    rule = read_rule(b'{"team":"red","allow":["llm.*"],"claim":{"x":["a","b"]}}')
    assert rule == Rule(team="red", allow=("llm.*",), claim={"x": ("a", "b")})
    with pytest.raises(ValueError, match="teem"):
        read_rule(b'{"teem":"red","allow":["llm.*"]}')


def test_a_condition_is_compiled_once() -> None:
    assert condition('principal.team == "x"') is condition('principal.team == "x"')
