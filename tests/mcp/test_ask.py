"""An ask's arguments are decoded only when somebody must read them."""

import msgspec
import pytest
from msgspec import Raw

from trigate.mcp.ask import Ask, arguments, judged_arguments
from trigate.mcp.fault import Fault
from trigate.mcp.view import View


def test_arguments_are_whatever_was_sent():
    assert arguments(Ask(View("", ()))) is None
    assert arguments(Ask(View("", ()), params={"arguments": Raw(b'{"a":[1]}')})) == {"a": [1]}


def test_policies_look_at_one_argument_after_the_other():
    assert judged_arguments(Ask(View("", ()))) is None
    found = judged_arguments(Ask(View("", ()), params={"arguments": Raw(b'{"a":[1],"b":{"c":1,"c":2}}')}))
    assert found is not None
    assert found["a"] == [1]
    with pytest.raises(ValueError, match="twice"):
        found["b"]


@pytest.mark.parametrize("raw", [b'{"a":1,"a":2}', b'"text"', b"[1]"])
def test_arguments_that_others_may_read_otherwise_are_not_judged(raw: bytes):
    with pytest.raises((Fault, msgspec.DecodeError)):
        judged_arguments(Ask(View("", ()), params={"arguments": Raw(raw)}))
