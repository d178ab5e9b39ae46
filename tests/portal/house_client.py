"""A client of the built-in authorization server, in its own right and in all the ways an attacker would try."""

from typing import Any
from urllib.parse import urlencode

import msgspec

from tests.portal.house import URL, Browser, House, led_to, read
from trigate.portal.grants.authorization_code import challenge_of
from trigate.portal.visit import Answer

REDIRECT = "https://client.example/callback"
VERIFIER = "a-verifier-that-only-a-test-would-use-0123456789"
MCP = f"{URL}/mcp"


def asked(client: str, **changes: str | None) -> str:
    """The address a client opens in the browser; a change of None leaves a parameter out."""
    fields: dict[str, str | None] = {
        "response_type": "code",
        "client_id": client,
        "redirect_uri": REDIRECT,
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
        "state": "state-1",
        "resource": MCP,
        **changes,
    }
    return "/oauth/authorize?" + urlencode({name: value for name, value in fields.items() if value is not None})


async def register(house: House, **changes: Any) -> dict[str, Any]:
    """A client that registers itself; what it is told."""
    wanted = {
        "client_name": "Test client",
        "redirect_uris": [REDIRECT],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
        **changes,
    }
    body = msgspec.json.encode(wanted).decode()
    answer = await house.visit("POST", "/oauth/register", body, content_type="application/json")
    return read(answer) | {"status": answer.status}


async def agree(browser: Browser, client: str, **changes: str | None) -> dict[str, str]:
    """Have the person at the browser agree; what the client gets at its redirect URI."""
    answer = await browser.get(asked(client, **changes))
    assert answer.status == 200, browser.page
    place, given = led_to(await browser.send("/oauth/authorize", answer="yes"))
    assert place == (changes.get("redirect_uri") or REDIRECT)
    return given


async def redeem(house: House, client: str, code: str, **changes: str | None) -> Answer:
    """Exchange a code."""
    fields = {
        "grant_type": "authorization_code",
        "client_id": client,
        "code": code,
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
        "resource": MCP,
        **changes,
    }
    return await house.post("/oauth/token", {name: value for name, value in fields.items() if value is not None})


async def renew(house: House, client: str, token: str, **changes: str) -> Answer:
    """Exchange a refresh token."""
    form = {"grant_type": "refresh_token", "client_id": client, "refresh_token": token, **changes}
    return await house.post("/oauth/token", form)


async def logged_in(house: House) -> Browser:
    """A browser at which ada has logged in."""
    await house.add_user()
    browser = Browser(house)
    await browser.log_in()
    return browser


async def tokens(house: House, **changes: str | None) -> tuple[str, dict[str, Any]]:
    """The whole way; the client's id and what it was given."""
    browser = await logged_in(house)
    client = (await register(house))["client_id"]
    code = (await agree(browser, client, **changes))["code"]
    answer = await redeem(house, client, code, **({"resource": changes["resource"]} if "resource" in changes else {}))
    assert answer.status == 200, answer.body
    return client, read(answer)
