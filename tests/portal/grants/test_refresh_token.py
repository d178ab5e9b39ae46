"""Refresh tokens: each good once, but for a moment of grace; a stolen one shows and ends the login."""

import asyncio
from pathlib import Path
from typing import Any

import jwt
import pytest

from tests.portal.house import FILE_KEY, HASH, URL, Browser, house, read
from tests.portal.house_client import agree, asked, redeem, register, renew, tokens
from trigate.core.clock import clock
from trigate.portal.authorization_settings import AuthorizationSettings
from trigate.portal.visit import Answer
from trigate.store.directory import User
from trigate.store.identity import Actor
from trigate.store.password_row import set_password

SERVER = AuthorizationSettings()
SECOND = 10**9


def error(answer: Answer) -> str:
    assert answer.status in (400, 401), answer
    return read(answer)["error"]


def claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def wait(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    later = clock.wall_ns() + int(seconds * SECOND)
    monkeypatch.setattr(clock, "wall_ns", lambda: later)


async def test_each_is_exchanged_for_the_next(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        client, told = await tokens(built)
        seen = [told["refresh_token"]]
        for _ in range(3):
            seen.append(read(await renew(built, client, seen[-1]))["refresh_token"])
        assert len(set(seen)) == 4


async def test_a_client_whose_network_failed_gets_the_same_once_more(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        client, told = await tokens(built)
        first = read(await renew(built, client, told["refresh_token"]))["refresh_token"]
        again = read(await renew(built, client, told["refresh_token"]))["refresh_token"]
        assert again == first
        assert (await renew(built, client, again)).status == 200


async def test_a_client_may_ask_twice_at_once(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        client, told = await tokens(built)
        answers = await asyncio.gather(*(renew(built, client, told["refresh_token"]) for _ in range(5)))
        assert len({read(each)["refresh_token"] for each in answers}) == 1


async def test_one_that_comes_again_later_ends_the_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async with house(tmp_path, authorization_server=SERVER) as built:
        client, told = await tokens(built)
        present = read(await renew(built, client, told["refresh_token"]))["refresh_token"]
        wait(monkeypatch, 61)
        assert error(await renew(built, client, told["refresh_token"])) == "invalid_grant"
        assert error(await renew(built, client, present)) == "invalid_grant"


async def test_one_of_long_ago_ends_the_login_at_once(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        client, told = await tokens(built)
        second = read(await renew(built, client, told["refresh_token"]))["refresh_token"]
        third = read(await renew(built, client, second))["refresh_token"]
        assert error(await renew(built, client, told["refresh_token"])) == "invalid_grant"
        assert error(await renew(built, client, third)) == "invalid_grant"


async def test_it_is_good_for_its_client_endpoint_and_scope(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        client, told = await tokens(built, scope="mcp:tools:git")
        other, token = (await register(built))["client_id"], told["refresh_token"]
        assert error(await renew(built, other, token)) == "invalid_grant"
        assert error(await renew(built, client, token, resource=f"{URL}/mcp/engineering")) == "invalid_target"
        assert error(await renew(built, client, token, scope="mcp:tools")) == "invalid_scope"
        for made in ("", "tgr_", "tgr_a.0.b", token[:-2] + "xx", token.replace(".0.", ".1."), "x" * 5000):
            assert error(await renew(built, client, made)) == "invalid_grant"
        assert (await renew(built, client, token, scope="mcp:tools:git/push")).status == 200


async def test_less_is_given_if_less_is_asked_for_and_no_less_the_next_time(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        client, told = await tokens(built, scope="mcp:tools mcp:prompts")
        less = read(await renew(built, client, told["refresh_token"], scope="mcp:prompts"))
        assert less["scope"] == "mcp:prompts"
        assert claims(less["access_token"])["scope"] == "mcp:prompts"
        again = read(await renew(built, client, less["refresh_token"]))
        assert set(again["scope"].split()) == {"mcp:tools", "mcp:prompts"}


async def test_scopes_that_mean_nothing_use_nothing_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async with house(tmp_path, authorization_server=SERVER) as built:
        client, told = await tokens(built, scope="mcp:tools")
        assert error(await renew(built, client, told["refresh_token"], scope="mcp:nothing")) == "invalid_scope"
        wait(monkeypatch, 61)
        assert (await renew(built, client, told["refresh_token"])).status == 200


async def test_a_login_ends_when_it_is_not_used_and_in_any_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async with house(tmp_path, authorization_server=SERVER) as built:
        client, told = await tokens(built)
        token = told["refresh_token"]
        for _ in range(3):
            wait(monkeypatch, 29 * 86400)
            token = read(await renew(built, client, token))["refresh_token"]
        wait(monkeypatch, 3.5 * 86400)
        assert error(await renew(built, client, token)) == "invalid_grant"


async def test_a_login_ends_with_its_user(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        client, told = await tokens(built)
        await built.keeper.change(Actor("root"), lambda it: it.delete(User, "ada"))
        assert error(await renew(built, client, told["refresh_token"])) == "invalid_grant"


async def test_a_new_password_ends_logins_and_codes(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        client, told = await tokens(built)
        browser = Browser(built)
        await browser.log_in()
        code = (await agree(browser, client))["code"]
        await built.keeper.write(lambda connection: set_password(connection, User(name="ada"), HASH, "root"))
        assert error(await renew(built, client, told["refresh_token"])) == "invalid_grant"
        assert error(await redeem(built, client, code)) == "invalid_grant"
        assert (await browser.get(asked(client))).status == 303  # to the page where people log in


async def test_a_login_by_key_ends_with_the_key(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        await built.add_user()
        client = (await register(built))["client_id"]
        held: dict[str, str] = {}
        for name, secret in (("filed", FILE_KEY), ("hers", await built.add_key())):
            browser = Browser(built)
            await browser.get("/oauth/login")
            await browser.send("/oauth/login", key=secret)
            held[name] = read(await redeem(built, client, (await agree(browser, client))["code"]))["refresh_token"]
        await built.keeper.change(Actor("root"), lambda it: it.revoke_key("hers"))
        assert error(await renew(built, client, held["hers"])) == "invalid_grant"
        assert (await renew(built, client, held["filed"])).status == 200
