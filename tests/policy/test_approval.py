"""Rules for approval as they are written."""

from typing import Any

import pytest

from trigate.core.settings import Duration, Secret
from trigate.policy.approval import ApprovalRule, ApprovalSettings, Webhook


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ({"on": ()}, "names what needs approval"),
        ({"on": ("llm.chat",)}, "approval is for"),
        ({"on": ("mcp.tools.call nowhere/x",)}, "a resource begins with"),
        ({"when": "tool.colour"}, "when:"),
        ({"team": ""}, "names nobody"),
    ],
)
def test_rules_that_could_never_hold_are_refused(written: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        ApprovalRule(**written)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ({"url": "ftp://x.example"}, "http"),
        ({"url": "https://x.example", "secret": Secret("secret")}, "whsec_"),
        ({"url": "https://x.example", "secret": Secret("whsec_c2hvcnQ=")}, "24 bytes"),
    ],
)
def test_webhooks_that_could_not_work_are_refused(written: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Webhook(**written)


@pytest.mark.parametrize(
    "written", [{"wait": Duration(301)}, {"pending": Duration(0)}, {"granted": Duration(0)}, {"most": 0}]
)
def test_times_and_numbers_have_bounds(written: Any) -> None:
    with pytest.raises(ValueError, match=r"is at|are at"):
        ApprovalSettings(**written)


def test_a_rule_without_words_is_about_every_tool_call() -> None:
    rule = ApprovalRule()
    assert (rule.on, rule.tools, rule.by, rule.condition()) == (("mcp.tools.call",), "any", "caller", None)
