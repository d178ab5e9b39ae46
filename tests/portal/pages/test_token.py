"""Tokens: what a client gets, and everything that ends in nothing."""

from pathlib import Path
from typing import Any

import jwt
import pytest

from tests.portal.house import URL, House, house, read
from tests.portal.house_client import MCP, VERIFIER, agree, logged_in, redeem, register, renew, tokens
from trigate.core.clock import clock
from trigate.portal.authorization_settings import AuthorizationSettings
from trigate.portal.visit import Answer

SERVER = AuthorizationSettings()


def error(answer: Answer) -> str:
    assert answer.status in (400, 401), answer
    return read(answer)["error"]


async def claims(built: House, token: str) -> dict[str, Any]:
    """Of an access token, proved by the published keys."""
    (key,) = read(await built.visit("GET", "/oauth/keys"))["keys"]
    return jwt.decode(token, jwt.PyJWK(key).key, ["ES256"], audience=MCP, issuer=URL)


async def test_a_client_gets_tokens_for_one_endpoint(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        client, told = await tokens(built, scope="mcp:tools")
        assert (told["token_type"], told["expires_in"], told["scope"]) == ("Bearer", 600, "mcp:tools")
        held = await claims(built, told["access_token"])
        assert (held["sub"], held["client_id"], held["aud"], held["scope"]) == ("ada", client, MCP, "mcp:tools")
        assert jwt.get_unverified_header(told["access_token"])["typ"] == "at+jwt"
        assert held["known"] is True


async def test_tokens_are_never_kept_by_caches_and_pages_of_any_origin_may_ask(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        browser = await logged_in(built)
        client = (await register(built))["client_id"]
        answer = await redeem(built, client, (await agree(browser, client))["code"])
        fields = dict(answer.headers)
        assert fields[b"cache-control"] == b"no-store"
        assert fields[b"access-control-allow-origin"] == b"*"
        assert (await built.visit("OPTIONS", "/oauth/token")).status == 204


async def test_a_code_that_comes_twice_ends_what_came_of_it(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        browser = await logged_in(built)
        client = (await register(built))["client_id"]
        code = (await agree(browser, client))["code"]
        told = read(await redeem(built, client, code))
        login = (await claims(built, told["access_token"]))["login"]
        assert error(await redeem(built, client, code)) == "invalid_grant"
        assert error(await renew(built, client, told["refresh_token"])) == "invalid_grant"
        assert login in (await built.keeper.snapshot()).ended


WRONG: list[tuple[dict[str, str | None], str]] = [
    ({"code_verifier": None}, "invalid_grant"),
    ({"code_verifier": VERIFIER[::-1]}, "invalid_grant"),
    ({"code_verifier": "short"}, "invalid_grant"),
    ({"redirect_uri": "https://client.example/other"}, "invalid_grant"),
    ({"code": "made-up"}, "invalid_grant"),
    ({"code": None}, "invalid_grant"),
    ({"resource": f"{URL}/mcp/engineering"}, "invalid_target"),
    ({"client_id": "unknown"}, "invalid_client"),
    ({"client_id": None}, "invalid_client"),
    ({"client_secret": "guess"}, "invalid_client"),
    ({"grant_type": "password"}, "unsupported_grant_type"),
    ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
]


@pytest.mark.parametrize(("wrong", "told"), WRONG, ids=lambda each: str(each)[:50])
async def test_a_code_alone_is_worth_nothing(tmp_path: Path, wrong: dict[str, str | None], told: str):
    async with house(tmp_path, authorization_server=SERVER) as built:
        browser = await logged_in(built)
        client = (await register(built))["client_id"]
        code = (await agree(browser, client))["code"]
        assert error(await redeem(built, **{"client": client, "code": code} | wrong)) == told  # type: ignore[arg-type]


async def test_a_code_is_good_for_the_client_it_was_given_to(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        browser = await logged_in(built)
        client, other = [(await register(built))["client_id"] for _ in range(2)]
        code = (await agree(browser, client))["code"]
        assert error(await redeem(built, other, code)) == "invalid_grant"
        # Whoever tried has used it up: the client itself begins again.
        assert error(await redeem(built, client, code)) == "invalid_grant"


async def test_a_code_is_good_for_a_minute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async with house(tmp_path, authorization_server=SERVER) as built:
        browser = await logged_in(built)
        client = (await register(built))["client_id"]
        code = (await agree(browser, client))["code"]
        later = clock.wall_ns() + 61 * 10**9
        monkeypatch.setattr(clock, "wall_ns", lambda: later)
        assert error(await redeem(built, client, code)) == "invalid_grant"


async def test_what_is_no_form_is_refused(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        answer = await built.visit("POST", "/oauth/token", "{}", content_type="application/json")
        assert error(answer) == "invalid_request"
