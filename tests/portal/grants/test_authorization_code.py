"""Codes: who may renew, and what goes with the login."""

from pathlib import Path

import pytest

from tests.portal.house import HASH, Browser, house, read
from tests.portal.house_client import agree, logged_in, redeem, register
from trigate.portal.archive import Archive
from trigate.portal.authorization_settings import AuthorizationSettings
from trigate.portal.grants.authorization_code import challenge_of
from trigate.store.directory import User
from trigate.store.login_row import list_logins
from trigate.store.password_row import set_password

SERVER = AuthorizationSettings()


def test_the_challenge_of_the_specification():
    assert challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


async def test_a_client_that_did_not_ask_to_renew_cannot(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        browser = await logged_in(built)
        client = (await register(built, grant_types=["authorization_code"]))["client_id"]
        told = read(await redeem(built, client, (await agree(browser, client))["code"]))
        assert "refresh_token" not in told


async def test_a_login_by_key_may_no_more_than_the_key(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        await built.add_user()
        browser = Browser(built)
        await browser.get("/oauth/login")
        await browser.send("/oauth/login", key=await built.add_key(servers=("git",)))
        client = (await register(built))["client_id"]
        await redeem(built, client, (await agree(browser, client))["code"])
        (login,) = await built.keeper.peek(lambda connection: list_logins(connection, 0))
        assert (login.user, login.how, login.key, login.servers) == ("ada", "key", "hers", ("git",))


async def test_a_code_whose_person_is_locked_out_while_it_is_redeemed_gives_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with house(tmp_path, authorization_server=SERVER) as built:
        browser = await logged_in(built)
        client = (await register(built))["client_id"]
        code = (await agree(browser, client))["code"]
        take = Archive.take

        async def slow_take(self: Archive, kind: str, secret: str):
            slip = await take(self, kind, secret)
            await built.keeper.write(lambda connection: set_password(connection, User(name="ada"), HASH, "root"))
            return slip

        monkeypatch.setattr(Archive, "take", slow_take)
        answer = await redeem(built, client, code)
        assert read(answer)["error"] == "invalid_grant"
        assert "ended" in read(answer)["error_description"]
