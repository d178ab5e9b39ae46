"""Every address has its page."""

from pathlib import Path

from tests.portal.house import house
from trigate.portal.address import addresses


async def test_every_address_has_its_page_and_every_page_an_address(tmp_path: Path):
    async with house(tmp_path) as built:
        assert set(built.office.pages()) == {each.page for each in addresses(built.office.settings)}
