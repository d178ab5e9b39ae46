"""Every address has its page."""

from trigate.portal.address import addresses
from trigate.portal.office import open_pages
from trigate.portal.settings import PortalSettings


def test_every_address_has_its_page_and_every_page_an_address():
    settings = PortalSettings(url="https://gateway.example")
    assert set(open_pages(settings, ())) == {each.page for each in addresses(settings)}
