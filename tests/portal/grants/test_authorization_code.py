"""Codes: who may renew, and what goes with the login."""

from pathlib import Path

from tests.portal.house import Browser, house, read
from tests.portal.house_client import agree, logged_in, redeem, register
from trigate.portal.authorization_settings import AuthorizationSettings
from trigate.portal.grants.authorization_code import challenge_of
from trigate.store.login_row import list_logins

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
