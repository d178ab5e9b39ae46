"""The closed list of public pages."""

import pytest

from trigate.portal.address import ALWAYS, Address, Places, addresses
from trigate.portal.settings import PortalSettings


def test_a_path_is_found_exactly_or_below_its_beginning():
    places = Places([Address("one", "/a"), Address("all", "/b/*")])
    found = {path: places.find(path) for path in (b"/a", b"/a/", b"/b", b"/b/", b"/b/c/d", b"/c", b"/A")}
    assert {path: each.page for path, each in found.items() if each} == {b"/a": "one", b"/b/": "all", b"/b/c/d": "all"}


@pytest.mark.parametrize("path", [b"/", b"/mcp", b"/v1/models", b"/.well-known/oauth-protected-resourcex", b"/oauth"])
def test_what_is_not_on_the_list_is_not_the_portals(path: bytes):
    assert Places(addresses(PortalSettings(url="https://gateway.example"))).find(path) is None


def test_metadata_of_resources_is_always_there():
    assert "protected_resource" in {each.page for each in ALWAYS}
