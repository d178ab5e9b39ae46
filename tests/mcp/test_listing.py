"""A list knows how long it may be used."""

import pytest

from trigate.core.clock import clock
from trigate.mcp.listing import Listing


@pytest.mark.parametrize(("age", "fresh", "usable"), [(-1, True, True), (1, False, True), (601, False, False)])
def test_a_list_is_fresh_then_usable_then_gone(age: float, fresh: bool, usable: bool):
    listing = Listing({}, clock.monotonic() - age, public=True)
    assert (listing.is_fresh(), listing.is_usable()) == (fresh, usable)
