"""Browsers in which somebody has logged in, and where logging in leads."""

from pathlib import Path

import pytest

from tests.portal.house import HASH, Browser, house
from trigate.portal.session import Session, check_next, to_login
from trigate.portal.visit import Visit
from trigate.store.directory import User
from trigate.store.identity import Actor
from trigate.store.password_row import set_password

GOOD = ["/oauth/authorize?a=b", "/connect/linear?x=/y", "/oauth/logout"]
BAD = [
    "", "/", "//evil.example", "https://evil.example", "/\\evil.example", "/oauth/login", "/oauth/token",
    "javascript:x", "/oauth/authorize", "/connect/../oauth/token", "/connect/%2e%2e/x", "/connect/\r\nx: y",
    "/connect/a b", "/mcp",
    "/connect/%5c%5cevil.example", "/oauth/authorize?" + "x" * 9000, "/connect/ä",
]  # fmt: skip


@pytest.mark.parametrize("target", GOOD)
def test_logging_in_leads_to_our_own_pages(target: str):
    assert check_next(target) == target


@pytest.mark.parametrize("target", BAD)
def test_logging_in_leads_nowhere_else(target: str):
    assert check_next(target) == ""


def test_a_visitor_logs_in_and_comes_back():
    answer = to_login(Visit(page="x", method="GET", path="/connect/a", query="b=c&d"))
    assert dict(answer.headers)[b"location"] == b"/oauth/login?next=%2Fconnect%2Fa%3Fb%3Dc%26d"


def cookie(browser: Browser) -> Visit:
    return Visit(
        page="x",
        method="GET",
        path="/x",
        fields={"cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())},
    )


async def test_a_session_is_known_until_it_ends(tmp_path: Path):
    async with house(tmp_path) as built:
        await built.add_user()
        browser = Browser(built)
        await browser.log_in()
        found = await built.office.sessions.find(cookie(browser))
        assert found is not None
        assert (found.user, found.how) == ("ada", "password")
        await built.office.sessions.end(cookie(browser))
        assert await built.office.sessions.find(cookie(browser)) is None


async def test_logging_in_makes_a_fresh_secret(tmp_path: Path):
    """A secret that somebody else has put into the browser is worth nothing after logging in (session fixation)."""
    async with house(tmp_path) as built:
        await built.add_user()
        browser = Browser(built)
        await browser.log_in()
        before = cookie(browser)
        await browser.log_in()
        assert await built.office.sessions.find(before) is None
        assert await built.office.sessions.find(cookie(browser)) is not None


async def test_a_session_ends_with_its_user(tmp_path: Path):
    async with house(tmp_path) as built:
        await built.add_user()
        browser = Browser(built)
        await browser.log_in()
        await built.keeper.change(Actor("root"), lambda it: it.delete(User, "ada"))
        assert await built.office.sessions.find(cookie(browser)) is None


async def test_a_new_password_ends_the_sessions_of_its_user_alone(tmp_path: Path):
    async with house(tmp_path) as built:
        browsers: dict[str, Browser] = {}
        for name in ("ada", "bob"):
            await built.add_user(name)
            browsers[name] = Browser(built)
            await browsers[name].log_in(user=name)
        await built.keeper.write(lambda connection: set_password(connection, User(name="ada"), HASH, "root"))
        assert await built.office.sessions.find(cookie(browsers["ada"])) is None
        assert await built.office.sessions.find(cookie(browsers["bob"])) is not None


async def test_a_session_is_not_that_of_a_later_user_of_the_same_name(tmp_path: Path):
    async with house(tmp_path) as built:
        await built.add_user()
        browser = Browser(built)
        await browser.log_in()
        await built.keeper.change(Actor("root"), lambda it: it.delete(User, "ada"))
        await built.add_user()
        assert await built.office.sessions.find(cookie(browser)) is None


async def test_the_store_holds_no_secret_of_a_session(tmp_path: Path):
    async with house(tmp_path) as built:
        headers = await built.office.sessions.begin(
            Visit(page="x", method="GET", path="/x"), Session(user="x", how="corp", known=False)
        )
        secret = headers[0][1].decode().partition("=")[2].partition(";")[0]
    assert len(secret) > 40
    assert not [each for each in tmp_path.iterdir() if each.is_file() and secret.encode() in each.read_bytes()]
