"""Callers without a credential."""

import pytest

from tests.policy.authenticators.test_api_key import exchange
from tests.policy.circumstances import given
from trigate.core.errors import Unauthenticated
from trigate.core.settings import Secret
from trigate.policy.authenticators.anonymous import Anonymous
from trigate.policy.settings import Key


@pytest.mark.parametrize(("lane", "accepted"), [("api", True), ("llm", False), ("mcp", False), ("", False)])
def test_strangers_may_use_only_the_lanes_opened_to_them(lane: str, accepted: bool) -> None:
    shown = exchange()
    shown.lane = lane
    principal = Anonymous().open(given({}))(shown)
    assert (principal is not None) is accepted
    assert not shown.credentials


@pytest.mark.parametrize(
    "fields",
    [{"authorization": "Bearer tg_unknown"}, {"x_api_key": "tg_unknown"}, {"api_key": "once-a-key-of-the-file"}],
)
def test_whoever_shows_a_key_of_the_gateway_is_no_stranger(fields: dict[str, str]) -> None:
    old = Key(secret=Secret("once-a-key-of-the-file"), expires="2020-01-01T00:00:00Z")
    identify, shown = Anonymous().open(given({"old": old})), exchange(**fields)
    shown.lane = "api"
    with pytest.raises(Unauthenticated):
        identify(shown)
    shown.lane = "llm"
    assert identify(shown) is None


def test_a_credential_that_is_none_of_the_gateway_s_is_the_upstream_s() -> None:
    shown = exchange(authorization="Bearer sk-of-somebody-else")
    shown.lane = "api"
    assert Anonymous().open(given({}))(shown) is not None
