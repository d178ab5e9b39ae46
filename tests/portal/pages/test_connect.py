"""The page that says who will be connected to what."""

from html import unescape
from pathlib import Path

import pytest

from tests.outbound.oauth.authority import Authority, Scene
from tests.portal.house import Browser, House, house, led_by
from trigate.core.connection import Subject
from trigate.portal.host import PortalHost
from trigate.store.directory import Team, User
from trigate.store.identity import Actor

ADA = Subject(user="ada")


def open_to(built: House, scene: Scene) -> None:
    built.office.agreement = scene.agreement
    built.host = PortalHost(built.office.pages())


async def test_it_asks_who_is_there_says_whose_the_link_is_and_leads_on(tmp_path: Path):
    async with Authority() as authority, house(tmp_path) as built:
        scene = Scene(authority).open()
        open_to(built, scene)
        await built.add_user()
        browser = Browser(built)
        path = f"/connect/{await scene.link(ADA, scope='read')}"
        assert led_by(await browser.get(path)) == f"/oauth/login?next={path.replace('/', '%2F')}"
        await browser.log_in(path)
        await browser.get(path)
        for said in ("user ada", "it", authority.url, "read"):
            assert said in browser.text
        await browser.send_here(path)
        assert f'content="0; url={authority.url}/authorize?' in unescape(browser.page)


async def test_a_link_is_of_no_use_to_another_one(tmp_path: Path):
    async with Authority() as authority, house(tmp_path) as built:
        scene = Scene(authority).open()
        open_to(built, scene)
        await built.add_user()
        await built.add_user("eve")
        for subject in (ADA, Subject("acme", user="eve"), Subject(team="sales")):
            browser = Browser(built)
            path = f"/connect/{await scene.link(subject)}"
            await browser.log_in(path, user="eve")
            answer = await browser.get(path)
            if subject.user == "eve":
                assert answer.status == 200  # a user who belongs to no organisation has one name everywhere
            else:
                assert answer.status == 403
                assert "you are eve" in browser.text


async def test_a_team_s_link_is_for_its_members(tmp_path: Path):
    async with Authority() as authority, house(tmp_path) as built:
        scene = Scene(authority).open()
        open_to(built, scene)
        await built.add_user()
        root = Actor("root")
        await built.keeper.change(root, lambda it: it.create(Team(name="sales")))
        await built.keeper.change(root, lambda it: it.update(User(name="ada", teams=("sales",))))
        browser = Browser(built)
        path = f"/connect/{await scene.link(Subject(team='sales'))}"
        await browser.log_in(path)
        assert (await browser.get(path)).status == 200


async def test_who_cannot_log_in_is_shown_whose_the_link_is(tmp_path: Path):
    async with Authority() as authority, house(tmp_path) as built:
        scene = Scene(authority).open()
        open_to(built, scene)
        browser = Browser(built)
        path = f"/connect/{await scene.link(Subject(user='<b>bob', key='app'))}"
        await browser.get(path)
        assert "user <b>bob of app" in browser.text
        assert "<b>bob" not in browser.page
        await browser.send_here(path)
        assert "/authorize?" in browser.page


async def test_a_form_counts_in_the_browser_that_was_shown_it(tmp_path: Path):
    async with Authority() as authority, house(tmp_path) as built:
        scene = Scene(authority).open()
        open_to(built, scene)
        browser = Browser(built)
        path = f"/connect/{await scene.link(Subject(key='k'))}"
        await browser.get(path)
        form = browser.form("", {})
        assert (await built.post(path, form)).status == 403
        browser.cookies.clear()
        assert (await built.post(path, form, origin="https://evil.example")).status == 403
        assert authority.posted("/register") == []


@pytest.mark.parametrize("path", ["/connect/x", "/connect/a/b", "/connect/"])
async def test_a_link_that_is_none_leads_nowhere(tmp_path: Path, path: str):
    async with Authority() as authority, house(tmp_path) as built:
        assert (await built.visit("GET", path)).status == 404
        open_to(built, Scene(authority).open())
        assert (await built.visit("GET", path)).status in (400, 404)
