"""Logging out, and seeing who is logged in."""

from pathlib import Path

from tests.portal.house import Browser, house, led_to


async def test_whoever_logs_out_is_out(tmp_path: Path):
    async with house(tmp_path) as built:
        await built.add_user()
        browser = Browser(built)
        assert led_to(await browser.get("/oauth/logout")) == ("/oauth/login", {"next": "/oauth/logout"})
        await browser.log_in()
        before = dict(browser.cookies)
        await browser.get("/oauth/logout")
        assert "Logged in as ada" in browser.text
        await browser.send("/oauth/logout")
        assert "Logged out" in browser.text
        browser.cookies = before
        assert (await browser.get("/oauth/logout")).status == 303


async def test_no_other_page_can_log_somebody_out(tmp_path: Path):
    async with house(tmp_path) as built:
        assert (await built.post("/oauth/logout")).status == 403
