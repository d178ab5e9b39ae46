"""Prompts as they are written: what cannot be meant is refused when the file is read."""

from typing import Any

import pytest

from trigate.llm.prompt_settings import Prompt, PromptMessage, PromptVariable, PromptVersion

ASKED = PromptMessage(role="user", content="{{a}} {{b}}")
PLAIN = PromptVersion(system="Be brief.")


def test_a_version_says_something_and_all_about_its_variables():
    made = PromptVersion(
        system="{{tone}} {{ lang }}", variables={"tone": PromptVariable(), "lang": PromptVariable(default="en")}
    )
    assert made.variables["lang"].default == "en"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({}, "needs a system text or messages"),
        ({"system": "{{who}}"}, "says nothing of {{who}}"),
        ({"system": "x", "variables": {"who": PromptVariable()}}, "stands in no text"),
        ({"system": "{{ user.name }}"}, "nothing else may stand"),
        ({"system": "{{}}"}, "nothing else may stand"),
        ({"system": "{{7up}}"}, "nothing else may stand"),
        ({"system": "x", "parameters": {"messages": []}}, "messages is no parameter"),
        (
            {"messages": [PromptMessage(role="user", content="{{a}} {{b}}")], "variables": {"a": PromptVariable()}},
            "{{b}}",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(members: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=message.replace("{", "[{]").replace("}", "[}]")):
        PromptVersion(**members)


@pytest.mark.parametrize(
    ("versions", "labels", "message"),
    [
        ({}, {}, "at least one version"),
        ({0: PLAIN}, {}, "counted from 1"),
        ({1: PLAIN}, {"production": 2}, "which there is not"),
        ({1: PLAIN}, {"2": 1}, "not a label"),
        ({1: PLAIN}, {"a b": 1}, "not a label"),
    ],
)
def test_labels_stand_on_versions(versions: dict[int, PromptVersion], labels: dict[str, int], message: str):
    with pytest.raises(ValueError, match=message):
        Prompt(versions=versions, labels=labels)


@pytest.mark.parametrize(
    ("wanted", "number"), [("", 2), ("canary", 3), ("1", 1), ("4", None), ("nightly", None), ("１", None), ("-1", None)]
)
def test_a_version_is_found_by_label_or_number(wanted: str, number: int | None):
    prompt = Prompt(versions={1: PLAIN, 2: PLAIN, 3: PLAIN}, labels={"production": 2, "canary": 3})
    assert prompt.find(wanted) == number


def test_without_a_label_production_the_highest_version_counts():
    assert Prompt(versions={2: PLAIN, 10: PLAIN}).find("") == 10


@pytest.mark.parametrize("members", [{"longest": 0}, {"default": "x", "allowed": ["a"]}])
def test_a_variable_that_nobody_can_give_is_refused(members: dict[str, Any]):
    with pytest.raises(ValueError, match="must be"):
        PromptVariable(**members)
