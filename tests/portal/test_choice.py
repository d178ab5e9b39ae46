"""A person lets a client use some of the tools that it asks for, and never more."""

import pytest

from trigate.core.errors import BadRequest
from trigate.portal.choice import MOST, choices, chosen_scope, show_choices
from trigate.portal.resource import Resource

RESOURCE = Resource("/mcp", ("git", "wiki"), shows=lambda server, tool: tool != "hidden")
TOOLS = {"git": ("push", "pull", "hidden"), "wiki": ("read",)}


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        ("mcp:tools mcp:prompts", ["git/push", "git/pull", "wiki/read"]),
        ("mcp:tools:git", ["git/push", "git/pull"]),
        ("mcp:tools:git/push", ["git/push"]),
        ("mcp:prompts", []),
    ],
)
def test_what_is_shown_and_asked_for_can_be_chosen(scope: str, found: list[str]):
    assert choices(RESOURCE, scope, lambda server: TOOLS[server]) == found


def test_what_is_chosen_takes_the_place_of_all_tools():
    form = {"tools": "some", "tool-0": "git/push", "tool-7": "wiki/read", "answer": "yes"}
    assert chosen_scope("mcp:tools mcp:prompts", form) == "mcp:prompts mcp:tools:git/push mcp:tools:wiki/read"
    assert chosen_scope("mcp:tools mcp:prompts", {"tools": "some"}) == "mcp:prompts"
    for answer in ({}, {"tools": "all", "tool-0": "git/push"}):
        assert chosen_scope("mcp:tools mcp:prompts", answer) == "mcp:tools mcp:prompts"


@pytest.mark.parametrize(
    ("scope", "place"),
    [("mcp:tools:git", "wiki/read"), ("mcp:prompts", "git/push"), ("mcp:tools", "git"), ("mcp:tools", "git/a b")],
)
def test_nobody_grants_more_than_was_asked_for(scope: str, place: str):
    with pytest.raises(BadRequest, match="not asked for"):
        chosen_scope(scope, {"tools": "some", "tool-0": place})


def test_nothing_at_all_is_no_grant():
    with pytest.raises(BadRequest, match="choose one"):
        chosen_scope("mcp:tools", {"tools": "some"})


def test_a_form_shows_a_bounded_number_and_no_markup_of_servers():
    page = show_choices(["git/<b>", *(f"git/t{number}" for number in range(MOST + 4))])
    assert "<b>" not in page
    assert page.count('type="checkbox"') == MOST
    assert "5 further tools" in page
    assert show_choices([]) == ""
