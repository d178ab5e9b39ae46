"""Logging in by password and key."""

from pathlib import Path

import pytest

from tests.portal.house import FILE_KEY, PASSWORD, Browser, House, house
from trigate.portal.login_settings import LoginSettings, ProviderSettings

SESSION = "__Host-trigate-session"


async def test_a_person_logs_in_and_is_led_on_by_the_page(tmp_path: Path):
    async with house(tmp_path) as built:
        await built.add_user()
        browser = Browser(built)
        await browser.log_in("/oauth/authorize?a=b&c=d")
        assert SESSION in browser.cookies
        assert 'content="0; url=/oauth/authorize?a=b&amp;c=d"' in browser.page


async def test_a_person_logs_in_with_an_api_key(tmp_path: Path):
    async with house(tmp_path) as built:
        browser = Browser(built)
        await browser.get("/oauth/login")
        await browser.send("/oauth/login", key=FILE_KEY)
        await browser.get("/oauth/logout")
        assert "Logged in as grace" in browser.text


async def test_a_wrong_password_is_told_and_the_form_is_shown_again(tmp_path: Path):
    async with house(tmp_path) as built:
        await built.add_user()
        browser = Browser(built)
        await browser.get("/oauth/login?next=%2Fconnect%2Fa")
        answer = await browser.send("/oauth/login", user="ada", password="wrong")
        assert answer.status == 403
        assert "not right" in browser.text
        assert SESSION not in browser.cookies
        assert browser.form("/oauth/login", {"password": PASSWORD})["next"] == "/connect/a"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", '"><script>'])
async def test_logging_in_leads_nowhere_else(tmp_path: Path, target: str):
    async with house(tmp_path) as built:
        await built.add_user()
        browser = Browser(built)
        await browser.log_in(target)
        assert "evil" not in browser.page
        assert "javascript" not in browser.page
        assert "<script" not in browser.page


async def forge(built: House, **fields: str) -> int:
    form = {"way": "password", "user": "ada", "password": PASSWORD}
    return (await built.post("/oauth/login", form, accept="text/html", **fields)).status


async def test_no_other_page_can_log_somebody_in(tmp_path: Path):
    async with house(tmp_path) as built:
        await built.add_user()
        victim = Browser(built)
        await victim.get("/oauth/login")
        cookie = "; ".join(f"{name}={value}" for name, value in victim.cookies.items())
        assert await forge(built) == 403
        assert await forge(built, cookie=cookie) == 403
        assert await forge(built, cookie=cookie, origin="https://evil.example") == 403


async def test_only_ways_that_are_open_are_shown_and_taken(tmp_path: Path):
    corp = ProviderSettings(issuer="https://idp.example", client_id="c", title="Corp <b>")
    login = LoginSettings(passwords=False, providers={"corp": corp})
    async with house(tmp_path, login=login) as built:
        await built.add_user()
        browser = Browser(built)
        await browser.get("/oauth/login?next=%2Fconnect%2Fa")
        assert 'name="password"' not in browser.page
        assert 'href="/oauth/login/corp?next=%2Fconnect%2Fa"' in browser.page
        assert "Log in with Corp &lt;b&gt;" in browser.page
        answer = await browser.send("/oauth/login", key="x", way="password")
        assert answer.status == 400
