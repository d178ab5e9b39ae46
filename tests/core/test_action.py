"""Actions."""

from trigate.core.action import Action


def test_an_action_begins_with_its_lane() -> None:
    assert Action("mcp.tools.call", "server/git/tool/push").lane == "mcp"
