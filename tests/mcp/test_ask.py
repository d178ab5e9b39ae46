"""An ask's arguments are decoded only when somebody must read them."""

from msgspec import Raw

from trigate.mcp.ask import Ask, arguments
from trigate.mcp.view import View


def test_arguments_are_whatever_was_sent():
    assert arguments(Ask(View("", ()))) is None
    assert arguments(Ask(View("", ()), params={"arguments": Raw(b'{"a":[1]}')})) == {"a": [1]}
