"""Text to settings: every type, and every problem at once in its place."""

from decimal import Decimal
from typing import Any

import pytest

from tests.config.sample import Leaf, Strict, Tree, problems, read
from trigate.core.settings import Duration, Size
from trigate.llm.providers.openai import OpenAI
from trigate.llm.settings import LlmSettings
from trigate.policy.settings import PolicySettings


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("text: no", "text", "no"),
        ("text: 0777", "text", "0777"),
        ("text: 1.10", "text", "1.10"),
        ("text: 'null'", "text", "null"),
        ("text: ''", "text", ""),
        ("text: |\n  two\n  lines\n", "text", "two\nlines\n"),
        ("whole: '8'", "whole", 8),
        ("truth: true", "truth", True),
        ("money: 0.10", "money", Decimal("0.10")),
        ("time: 1m", "time", Duration(60)),
        ("size: 1MiB", "size", Size(2**20)),
        ("choice: on", "choice", "on"),
        ("maybe: null", "maybe", None),
        ("maybe:", "maybe", None),
        ("maybe: 3", "maybe", 3),
        ("names: [a, no, 1]", "names", ["a", "no", "1"]),
        ("names:", "names", []),
        ("pair: [a, 1]", "pair", ("a", 1)),
        ("many: [1, 2]", "many", (1, 2)),
        ("leaf: {url: x}", "leaf", Leaf(url="x")),
        ("leaf: ~", "leaf", None),
        ("leaves: {on: {url: x, weight: 2}}", "leaves", {"on": Leaf(url="x", weight=2)}),
        ("leaves: {}", "leaves", {}),
        ("targets: [a, {url: b}]", "targets", ["a", Leaf(url="b")]),
        ("one_or_more: [a, b]", "one_or_more", ["a", "b"]),
        ("one_or_more: a", "one_or_more", "a"),
        ("level: auto", "level", "auto"),
        ("level: 3", "level", 3),
        ("bounded: 9", "bounded", 9),
        ("anything: {a: [1, x, null, {b: no}], c: '1'}", "anything", {"a": [1, "x", None, {"b": "no"}], "c": "1"}),
    ],
)
def test_a_text_becomes_the_value_of_its_type(text: str, field: str, value: Any):
    found = getattr(read(text), field)
    assert found == value
    assert type(found) is type(value)


def test_nothing_written_is_all_defaults():
    assert read("") == Tree()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("txet: a", "trigate.yaml:1:1 txet: unknown key; did you mean text?"),
        ("text: a\ntext: b", "trigate.yaml:2:1 text: written twice; the first is in line 1"),
        ("text: [a]", "trigate.yaml:1:7 text: expected text, not a list"),
        ("text: {a: b}", "trigate.yaml:1:7 text: expected text, not a mapping"),
        ("text:", "trigate.yaml:1:6 text: no value; quote the text if it is meant, or leave the key out"),
        ("text: null", "trigate.yaml:1:7 text: no value; quote the text if it is meant, or leave the key out"),
        ("whole: null", "trigate.yaml:1:8 whole: no value; expected a whole number"),
        ("names: a", "trigate.yaml:1:8 names: expected a list of text, not a single value"),
        ("leaf: x", "trigate.yaml:1:7 leaf: expected a mapping, not a single value"),
        ("leaf: {}", "trigate.yaml:1:7 leaf: the key url is missing: text"),
        ("leaf:", "trigate.yaml:1:6 leaf: the key url is missing: text"),
        ("pair: [a]", "trigate.yaml:1:7 pair: expected 2 items, not 1"),
        ("leaf: {url: x, weight: -1}", "trigate.yaml:1:7 leaf: x has the weight -1, which is below 0"),
        ("targets: [a, {ulr: b}]", "trigate.yaml:1:15 targets[1].ulr: unknown key; did you mean url?"),
        ("level: high", "trigate.yaml:1:8 level: 'high' is not a whole number"),
        ("bounded: 10", "trigate.yaml:1:10 bounded: expected int <= 9"),
        ("leaves: {'': {url: x}}", "trigate.yaml:1:10 leaves: a key without a name"),
        ("leaves: {gpt-5.2: {url: []}}", 'trigate.yaml:1:25 leaves["gpt-5.2"].url: expected text, not a list'),
        ("- a", "trigate.yaml:1:1: expected a mapping, not a list"),
        ("a", "trigate.yaml:1:1: expected a mapping, not a single value"),
    ],
)
def test_a_problem_is_told_in_its_place(text: str, problem: str):
    assert problem in problems(text)


def test_every_problem_is_told_at_once_in_the_order_of_the_file():
    text = """\
tree:
  whole: many
  leaves:
    a: { url: x, weight: heavy }
    b: { weight: 1 }
    b: { url: y }
  choice: never
  truth: yes
nmae: x
"""
    found = problems(text, Strict)
    assert [each.split(" ")[0] for each in found] == [
        "trigate.yaml:1:1:",
        "trigate.yaml:2:10",
        "trigate.yaml:4:26",
        "trigate.yaml:5:8",
        "trigate.yaml:6:5",
        "trigate.yaml:7:11",
        "trigate.yaml:8:10",
        "trigate.yaml:9:1",
    ]


def test_a_broken_part_is_not_reported_a_second_time_by_what_holds_it():
    assert len(problems("leaf: {url: x, weight: heavy}")) == 1


def test_a_kind_is_found_by_its_name():
    settings = read("authenticators: [{kind: api_key}]", PolicySettings)
    assert [type(each).__name__ for each in settings.authenticators] == ["ApiKey"]
    provider = read("providers: {o: {base_url: 'http://x/v1', kind: openai}}", LlmSettings).providers["o"]
    assert isinstance(provider, OpenAI)
    assert provider.base_url == "http://x/v1"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{}", "1:18 authenticators[0]: the key kind is missing; known kinds: anonymous, api_key"),
        ("{kind: apikey}", "1:25 authenticators[0].kind: there is no kind 'apikey'; did you mean api_key?"),
        ("{kind: [api_key]}", "1:25 authenticators[0].kind: expected text, not a list"),
        ("{kind: api_key, kind: api_key}", "1:34 authenticators[0].kind: written twice; the first is in line 1"),
        ("{kind: api_key, header: x}", "1:34 authenticators[0].header: unknown key"),
        ("api_key", "1:18 authenticators[0]: expected a mapping with a kind, not a single value"),
    ],
)
def test_a_wrong_kind_is_told(text: str, problem: str):
    assert problems(f"authenticators: [{text}]", PolicySettings)[0].removeprefix("trigate.yaml:").startswith(problem)


def test_references_are_replaced_before_the_type_is_read():
    tree = read(
        '{whole: "${PORT}", truth: "${ON:-true}", text: "a-${NAME}", names: ["${NAME}"]}', PORT="80", NAME="null"
    )
    assert (tree.whole, tree.truth, tree.text, tree.names) == (80, True, "a-null", ["null"])


def test_a_missing_variable_is_a_problem_with_a_place():
    assert problems("whole: 1\nsecret: ${NONE}\n") == [
        "trigate.yaml:2:9 secret: the environment variable NONE is not set"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "whole: '${KEY}'",
        "choice: '${KEY}'",
        "time: 'x${KEY}'",
        "leaf: {url: '${KEY}', weight: -1}",
        "secret: canary-secret\nleaf: {url: canary-secret, weight: -1}",
        "secret: {canary: secret}\nwhole: x",
    ],
)
def test_no_problem_shows_a_secret(text: str):
    found = problems(text, KEY="canary-secret")
    assert found
    assert "canary-secret" not in "\n".join(found)


def test_a_secret_may_be_written_or_referred_to():
    assert read("secret: '${KEY}'", KEY="canary").secret.reveal() == "canary"
    tree = read("secret: literal-canary")
    assert tree.secret.reveal() == "literal-canary"
    assert "canary" not in repr(tree)
