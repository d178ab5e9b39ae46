"""Callers without a credential."""

import pytest

from tests.policy.authenticators.test_api_key import exchange
from tests.policy.circumstances import given
from trigate.policy.authenticators.anonymous import Anonymous


@pytest.mark.parametrize(("lane", "accepted"), [("api", True), ("llm", False), ("mcp", False), ("", False)])
def test_strangers_may_use_only_the_lanes_opened_to_them(lane: str, accepted: bool) -> None:
    shown = exchange()
    shown.lane = lane
    principal = Anonymous().open(given({}))(shown)
    assert (principal is not None) is accepted
    assert not shown.credentials
