"""Logging in at an identity provider, and all the ways of coming back as somebody else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.policy.issuer import SigningKey
from tests.portal.house import Browser, House, house
from tests.portal.identity_provider import IdentityProvider
from trigate.core.settings import Secret
from trigate.portal.login_settings import LoginSettings, ProviderSettings
from trigate.portal.visit import Answer

SESSION = "__Host-trigate-session"
NEXT = "/connect/a"


@asynccontextmanager
async def corp(folder: Path, **more: Any) -> AsyncIterator[tuple[House, IdentityProvider]]:
    async with IdentityProvider() as idp:
        made = ProviderSettings(issuer=idp.url, client_id="gateway", client_secret=Secret("s:e"), **more)
        other = ProviderSettings(issuer="https://other.example", client_id="gateway")
        async with house(folder, login=LoginSettings(providers={"corp": made, "other": other})) as built:
            await built.add_user()
            yield built, idp


async def leave(browser: Browser) -> str:
    answer = await browser.get(f"/oauth/login/corp?{urlencode({'next': NEXT})}")
    assert answer.status == 303, browser.page
    return dict(answer.headers)[b"location"].decode()


async def come_back(browser: Browser, given: dict[str, str]) -> Answer:
    return await browser.get(f"/oauth/callback?{urlencode(given)}")


async def test_a_user_logs_in_there_and_goes_on_here(tmp_path: Path):
    async with corp(tmp_path) as (built, idp):
        browser = Browser(built)
        answer = await come_back(browser, idp.log_in(await leave(browser)))
        assert answer.status == 200
        assert f'content="0; url={NEXT}"' in browser.page
        assert SESSION in browser.cookies
        assert idp.credentials == ["gateway:s%3Ae"]
        await browser.get("/oauth/logout")
        assert "Logged in as ada" in browser.text


async def test_whoever_is_not_known_here_is_let_in_only_if_anyone_is(tmp_path: Path):
    for admit, status in (("known", 403), ("anyone", 200)):
        async with corp(tmp_path / admit, admit=admit) as (built, idp):
            idp.claims["email"] = "eve"
            browser = Browser(built)
            assert (await come_back(browser, idp.log_in(await leave(browser)))).status == status
            assert (SESSION in browser.cookies) is (status == 200)


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"nonce": "other"}, 401),
        ({"nonce": None}, 401),
        ({"aud": "other"}, 401),
        ({"azp": "other"}, 401),
        ({"iss": "https://evil.example"}, 401),
        ({"exp": 1}, 401),
        ({"email_verified": False}, 403),
        ({"email_verified": None}, 403),
        ({"email_verified": "false"}, 403),
        ({"email": None}, 403),
        ({"email": 7}, 403),
    ],
)
async def test_an_id_token_that_is_not_quite_right_lets_nobody_in(tmp_path: Path, claims: dict[str, Any], status: int):
    async with corp(tmp_path) as (built, idp):
        idp.claims |= claims
        browser = Browser(built)
        assert (await come_back(browser, idp.log_in(await leave(browser)))).status == status
        assert SESSION not in browser.cookies


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"sub": "1", "email": "ada", "email_verified": True}, 200),
        ({"sub": "1", "email": "ada"}, 403),
        ({"sub": "1"}, 403),
        ({"sub": "2", "email": "ada", "email_verified": True}, 403),
        ({"email": "ada", "email_verified": True}, 403),
        ({"sub": "1", "email": "eve", "email_verified": True}, 403),
        ([], 403),
        (None, 403),
    ],
)
async def test_what_the_id_token_leaves_out_is_asked_for(tmp_path: Path, more: Any, status: int):
    async with corp(tmp_path) as (built, idp):
        idp.claims, idp.more = {"sub": "1"}, more
        browser = Browser(built)
        assert (await come_back(browser, idp.log_in(await leave(browser)))).status == status
        assert (SESSION in browser.cookies) is (status == 200)


async def test_an_id_token_of_another_key_lets_nobody_in(tmp_path: Path):
    async with corp(tmp_path) as (built, idp):
        idp.signer = SigningKey("k")
        browser = Browser(built)
        assert (await come_back(browser, idp.log_in(await leave(browser)))).status == 401


@pytest.mark.parametrize(
    "change", [{"iss": "https://evil.example"}, {"iss": ""}, {"code": "made-up"}, {"code": ""}, {"error": "x"}]
)
async def test_an_answer_of_another_provider_or_none_lets_nobody_in(tmp_path: Path, change: dict[str, str]):
    async with corp(tmp_path) as (built, idp):
        browser = Browser(built)
        answer = await come_back(browser, idp.log_in(await leave(browser)) | change)
        assert answer.status == 401
        assert SESSION not in browser.cookies


async def test_nobody_is_logged_in_as_somebody_else_by_a_link(tmp_path: Path):
    """An answer made in one browser is worth nothing in another (login CSRF), and in its own once."""
    async with corp(tmp_path) as (built, idp):
        attacker, victim = Browser(built), Browser(built)
        given = idp.log_in(await leave(attacker))
        await victim.get("/oauth/login")
        assert (await come_back(victim, given)).status == 400
        assert (await come_back(attacker, given)).status == 400  # it was used up
        given = idp.log_in(await leave(attacker))
        assert (await come_back(attacker, given)).status == 200
        assert (await come_back(attacker, given)).status == 400


@pytest.mark.parametrize("given", [{}, {"state": "made-up", "code": "x"}])
async def test_who_was_never_sent_does_not_come_back(tmp_path: Path, given: dict[str, str]):
    async with corp(tmp_path) as (built, _):
        assert (await come_back(Browser(built), given)).status == 400


async def test_a_provider_that_does_not_answer_or_is_another_is_told(tmp_path: Path):
    async with corp(tmp_path) as (built, idp):
        idp.description = {"issuer": "https://evil.example"}
        assert (await Browser(built).get("/oauth/login/corp")).status == 503
        idp.description = {"token_endpoint": "http://evil.example/token"}
        assert (await Browser(built).get("/oauth/login/corp")).status == 503
        assert (await Browser(built).get("/oauth/login/nobody")).status == 404
