"""Scopes: what each opens, and that no more comes of asking."""

import pytest

from trigate.core.action import Action
from trigate.policy.scope import claimed_scopes, covers, is_scope, needed, opens, read_scopes

PUSH = Action("mcp.tools.call", "server/git/tool/push")
READ = Action("mcp.resources.read", "server/git/resource/file:///a/b")


@pytest.mark.parametrize(
    ("held", "action", "opened"),
    [
        ((), PUSH, False),
        (("mcp:tools",), PUSH, True),
        (("mcp:tools:git",), PUSH, True),
        (("mcp:tools:git/push",), PUSH, True),
        (("mcp:tools:git/pu",), PUSH, False),
        (("mcp:tools:gi",), PUSH, False),
        (("mcp:tools:time",), PUSH, False),
        (("mcp:resources", "mcp:prompts"), PUSH, False),
        (("mcp:resources:git",), READ, True),
        (("mcp:tools",), READ, False),
        ((), Action("mcp.initialize", "endpoint/*"), True),
        ((), Action("mcp.tools.list", "server/*"), True),
    ],
)
def test_a_scope_opens_what_it_names_and_nothing_beside(held: tuple[str, ...], action: Action, opened: bool):
    assert opens(held, action) is opened


def test_what_is_needed_is_told_as_broadly_as_it_can_be_had():
    assert needed(PUSH) == "mcp:tools"
    assert needed(READ) == "mcp:resources"
    assert needed(Action("mcp.prompts.get", "server/a/prompt/b")) == "mcp:prompts"
    assert needed(Action("mcp.ping", "endpoint/*")) == ""
    assert needed(Action("llm.chat", "server/a/tool/b")) == ""


@pytest.mark.parametrize("text", ["mcp:tools", "mcp:prompts:git", "mcp:resources:git/file:///a"])
def test_what_means_something_here(text: str):
    assert is_scope(text)


@pytest.mark.parametrize(
    "text", ["", "mcp", "mcp:", "mcp:tool", "mcp:tools:", "mcp:tools:a/", "openid", 'mcp:tools:a/"']
)
def test_what_means_nothing_here(text: str):
    assert not is_scope(text)


def test_scopes_are_read_from_texts_and_claims():
    assert read_scopes("openid mcp:tools mcp:tools mcp:prompts:a") == ("mcp:tools", "mcp:prompts:a")
    assert claimed_scopes({"scope": "mcp:tools x"}) == ("mcp:tools",)
    assert claimed_scopes({"scp": ["mcp:tools", 7]}, "scp") == ("mcp:tools",)
    assert claimed_scopes({}) == ()


def test_a_broader_scope_covers_a_narrower_one():
    assert covers(["mcp:tools"], "mcp:tools:git/push")
    assert covers(["mcp:tools:git"], "mcp:tools:git/push")
    assert not covers(["mcp:tools:git"], "mcp:tools")
    assert not covers(["mcp:tools:git"], "mcp:tools:github")
