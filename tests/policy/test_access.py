"""Access by lane."""

import pytest

from tests.policy.authenticators.test_api_key import exchange
from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.errors import Forbidden
from trigate.core.principal import Principal
from trigate.core.usage import Usage
from trigate.policy.access import authorize


def _call(action: str, *lanes: str) -> Call:
    return Call("1", exchange(), Principal("dev", frozenset(lanes)), Action(action, "x"), None, 0.0, Usage())


def test_a_key_may_use_its_lanes() -> None:
    authorize(_call("llm.chat", "llm", "mcp"))


def test_a_key_may_not_use_another_lane_and_learns_which() -> None:
    with pytest.raises(Forbidden, match="'dev' may not use the mcp lane"):
        authorize(_call("mcp.tools.call", "llm"))
