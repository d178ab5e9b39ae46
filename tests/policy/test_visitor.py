"""Visitors of public pages."""

from tests.policy.authenticators.test_api_key import exchange
from trigate.policy.visitor import VISITOR, visiting


def test_visitors_are_known_in_their_own_lane_only():
    asked = exchange()
    asked.lane = "portal"
    assert visiting(asked) is VISITOR
    assert VISITOR.lanes == {"portal"}
    for lane in ("api", "llm", "mcp", ""):
        asked.lane = lane
        assert visiting(asked) is None
