"""How much a call may use."""

from tests.policy.test_access import call_of
from trigate.policy.limit import Limits


def test_without_limits_nothing_is_held() -> None:
    assert Limits().hold(call_of("llm.chat", "llm")) is None
