"""A list knows how long it may be used."""

import pytest

from trigate.core.clock import clock
from trigate.mcp.listing import KINDS, Listing
from trigate.mcp.method import METHODS


@pytest.mark.parametrize(("age", "fresh", "usable"), [(-60, True, True), (1, False, True), (601, False, False)])
def test_a_list_is_fresh_then_usable_then_gone(age: float, fresh: bool, usable: bool):
    listing = Listing({}, clock.monotonic() - age)
    assert (listing.is_fresh(), listing.is_usable()) == (fresh, usable)


def test_what_is_listed_is_there_for_an_action_there_is():
    actions = {each.action for methods in METHODS.values() for each in methods.values()}
    assert {kind.use for kind in KINDS.values()} <= actions
