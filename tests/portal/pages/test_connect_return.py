"""Browsers come back with what makes a connection."""

from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.outbound.oauth.authority import Authority, Scene
from tests.portal.house import Browser, house
from tests.portal.pages.test_connect import open_to
from trigate.core.connection import Subject


def callback(**query: str) -> str:
    return f"/connect/callback?{urlencode(query)}"


async def test_what_came_back_makes_the_connection(tmp_path: Path):
    async with Authority() as authority, house(tmp_path) as built:
        assert (await built.visit("GET", callback(state="s"))).status == 404
        scene = Scene(authority).open()
        open_to(built, scene)
        browser = Browser(built)
        path = f"/connect/{await scene.link(Subject(key='k'))}"
        await browser.get(path)
        await browser.send_here(path)
        onward = browser.page.partition("url=")[2].partition('"')[0].replace("&amp;", "&")
        state = parse_qs(urlsplit(onward).query)["state"][0]
        assert (await built.visit("GET", callback(code="c"))).status == 400
        assert (await built.visit("GET", callback(state=state, code="c", iss=authority.url))).status == 400
        assert scene.safe.rows == {}
        assert (await browser.get(callback(state=state, code="c", iss=authority.url))).status == 200
        assert "key k is connected to it" in browser.text
        assert len(scene.safe.rows) == 1
