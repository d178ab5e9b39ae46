"""Taking tokens back."""

from pathlib import Path

import pytest

from tests.portal.house import house
from tests.portal.house_client import register, renew, tokens
from trigate.portal.authorization_settings import AuthorizationSettings

SERVER = AuthorizationSettings()


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
async def test_a_token_of_a_login_ends_it(tmp_path: Path, which: str):
    async with house(tmp_path, authorization_server=SERVER) as built:
        client, told = await tokens(built)
        answer = await built.post("/oauth/revoke", {"client_id": client, "token": told[which]})
        assert answer.status == 200
        assert (await renew(built, client, told["refresh_token"])).status == 400
        assert len((await built.keeper.snapshot()).ended) == 1


async def test_others_hear_the_same_and_end_nothing(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        client, told = await tokens(built)
        other = (await register(built))["client_id"]
        for token in (told["refresh_token"], told["access_token"], "made-up", "a.b.c"):
            assert (await built.post("/oauth/revoke", {"client_id": other, "token": token})).status == 200
        assert (await built.post("/oauth/revoke", {"client_id": "nobody", "token": "x"})).status == 401
        assert (await renew(built, client, told["refresh_token"])).status == 200
        assert (await built.visit("OPTIONS", "/oauth/revoke")).status == 204
