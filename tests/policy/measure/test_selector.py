"""To which calls a limit applies."""

from typing import Any

import pytest

from tests.policy.limiting.stage import principal_of
from trigate.core.action import Action
from trigate.policy.limit import Selection
from trigate.policy.measure.selector import deed

TOOL = Action("mcp.tools.call", "server/git/tool/push")
CHAT = Action("llm.chat", "model/gpt-5")
ROUTE = Action("api.request", "route/orders")
ADA = principal_of(key="k", user="ada", team="support", roles=frozenset({"dev", "ops"}))


@pytest.mark.parametrize(
    ("written", "tool", "chat", "route"),
    [
        ({}, True, True, True),
        ({"on": "mcp"}, True, False, False),
        ({"on": ("mcp", "llm.chat")}, True, True, False),
        ({"on": "*.call server/git/*"}, True, False, False),
        ({"on": "mcp.tools.call server/svn/*"}, False, False, False),
        ({"model": "gpt-*"}, False, True, False),
        ({"server": "git"}, True, False, False),
        ({"tool": "push"}, True, False, False),
        ({"tool": "git/p*"}, True, False, False),
        ({"tool": "svn/push"}, False, False, False),
        ({"route": ("orders", "x"), "model": "gpt-5"}, False, True, True),
        ({"team": "sup*", "user": ("bob", "ada")}, True, True, True),
        ({"team": "sup*", "user": "bob"}, False, False, False),
        ({"end_user": "*"}, True, True, True),
        ({"role": ("admin", "ops")}, True, True, True),
        ({"role": "admin"}, False, False, False),
    ],
)
def test_every_part_that_is_written_must_fit(written: dict[str, Any], tool: bool, chat: bool, route: bool) -> None:
    selector = Selection(**written).selector()
    assert [selector.fits(ADA, each) for each in (TOOL, CHAT, ROUTE)] == [tool, chat, route]


def test_what_an_organisation_limits_concerns_nobody_else() -> None:
    selector = Selection().selector("acme")
    assert selector.fits(principal_of(organisation="acme"), CHAT)
    assert not selector.fits(principal_of(organisation="other"), CHAT)
    assert not selector.fits(principal_of(), CHAT)


@pytest.mark.parametrize("text", ["", "a b c", "chat", "tools"])
def test_an_entry_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="lane"):
        deed(text)
