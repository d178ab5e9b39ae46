"""Access by lane."""

from typing import Any

import pytest

from tests.policy.authenticators.test_api_key import exchange
from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.errors import Forbidden
from trigate.core.principal import Principal
from trigate.core.usage import Usage
from trigate.policy.access import Access


def call_of(action: str, *lanes: str) -> Call:
    return Call("1", exchange(), Principal("dev", frozenset(lanes)), Action(action, "x"), None, 0.0, Usage())


def _authorize(call: Call) -> None:
    Access().authorize(call, Any, None)  # type: ignore[arg-type] - the lane is not asked


def test_a_key_may_use_its_lanes() -> None:
    _authorize(call_of("llm.chat", "llm", "mcp"))


def test_a_key_may_not_use_another_lane_and_learns_which() -> None:
    with pytest.raises(Forbidden, match="'dev' may not use the mcp lane"):
        _authorize(call_of("mcp.tools.call", "llm"))
