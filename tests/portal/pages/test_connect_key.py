"""The page on which people give a key of theirs."""

from pathlib import Path

import pytest

from tests.outbound.oauth.authority import Rows
from tests.portal.house import Browser, House, house, led_by
from trigate.core.connection import Subject
from trigate.outbound.user_key import KeyHost
from trigate.portal.host import PortalHost

PATH = "/connect/key/notes"


def open_to(built: House) -> Rows:
    rows = Rows()
    built.office.keys = KeyHost(rows, frozenset({"notes"}), "https://gateway.example")
    built.host = PortalHost(built.office.pages())
    return rows


async def test_whoever_is_logged_in_gives_a_key_of_their_own(tmp_path: Path):
    async with house(tmp_path) as built:
        rows = open_to(built)
        await built.add_user()
        browser = Browser(built)
        assert led_by(await browser.get(PATH)) == f"/oauth/login?next={PATH.replace('/', '%2F')}"
        await browser.log_in(PATH)
        await browser.get(PATH)
        assert "ada" in browser.text
        browser.page = browser.page.replace('action=""', f'action="{PATH}"')
        answer = await browser.send(PATH, key=" canary-key ")
        assert (answer.status, "canary" in browser.page) == (200, False)
        found = await rows.connection("notes", Subject(user="ada").name)
        assert found is not None
        assert found[1] == "canary-key"


@pytest.mark.parametrize("key", ["", "a\nb", "ä", "x" * 5000])
async def test_what_is_no_key_is_refused(tmp_path: Path, key: str):
    async with house(tmp_path) as built:
        rows = open_to(built)
        await built.add_user()
        browser = Browser(built)
        await browser.log_in(PATH)
        await browser.get(PATH)
        browser.page = browser.page.replace('action=""', f'action="{PATH}"')
        assert (await browser.send(PATH, key=key)).status == 400
        assert rows.rows == {}


async def test_a_form_of_another_page_or_person_gives_nothing(tmp_path: Path):
    async with house(tmp_path) as built:
        rows = open_to(built)
        for name in ("ada", "eve"):
            await built.add_user(name)
        browser = Browser(built)
        await browser.log_in(PATH)
        await browser.get(PATH)
        page = browser.page.replace('action=""', f'action="{PATH}"')
        await browser.log_in(PATH, user="eve")
        browser.page = page
        assert (await browser.send(PATH, key="of-ada")).status == 403
        assert rows.rows == {}


async def test_there_is_no_page_for_servers_that_want_no_keys(tmp_path: Path):
    async with house(tmp_path) as built:
        assert (await Browser(built).get(PATH)).status == 404
        open_to(built)
        assert (await Browser(built).get("/connect/key/other")).status == 404
