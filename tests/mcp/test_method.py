"""The methods of each era."""

import pytest

from trigate.mcp.fault import UnknownMethod
from trigate.mcp.method import METHODS, method


def test_each_era_has_its_own_hello_and_no_other():
    assert METHODS["modern"].keys() ^ METHODS["legacy"].keys() == {
        "server/discover", "initialize", "ping", "logging/setLevel", "tasks/get", "tasks/update", "tasks/cancel",
        "subscriptions/listen", "resources/subscribe", "resources/unsubscribe",
    }  # fmt: skip


def test_actions_are_of_this_lane():
    found = [each for era in METHODS.values() for each in era.values()]
    assert all(each.action.startswith("mcp.") for each in found)
    assert method("modern", "tools/call").action == "mcp.tools.call"


@pytest.mark.parametrize(("name", "text"), [("tasks/result", "makes no tasks"), ("x" * 999, "no method 'xxx")])
def test_what_is_not_served_says_why(name: str, text: str):
    with pytest.raises(UnknownMethod, match=text) as caught:
        method("legacy", name)
    assert len(caught.value.message) < 200
