"""A real browser logs in, agrees, and is led back: cookies, policies and forms as browsers take them."""

import json
import os
import shutil
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.async_api import Route, async_playwright

from tests.journeys.conftest import Gateway
from tests.journeys.person import PASSWORD
from tests.journeys.test_login import REDIRECT, SETTINGS, operate
from tests.patience import PATIENCE
from trigate.policy.password import hash_password
from trigate.portal.grants.authorization_code import challenge_of

CHROMIUM = shutil.which("chromium")
VERIFIER = "v" * 43


def register(gateway: Gateway) -> str:
    """A client that registers itself; its id."""
    wanted = {"redirect_uris": [REDIRECT], "client_name": "Chromium test", "token_endpoint_auth_method": "none"}
    body = json.dumps(wanted).encode()
    answer = gateway.ask("POST", "/oauth/register", body, key="", content_type="application/json")
    return json.loads(answer[2])["client_id"]


async def test_a_person_logs_in_agrees_and_is_led_back_to_the_client(gateway: Callable[[str], Gateway]):
    if CHROMIUM is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("chromium is not installed")
    running = gateway("".join(f"{name}: {json.dumps(value)}\n" for name, value in SETTINGS.items()))
    running.until(running.ready)
    operate(running, "PUT", "/v1/users/ada", {})
    operate(running, "PUT", "/v1/users/ada/password", {"hash": hash_password(PASSWORD)})
    client = register(running)
    fields = {
        "response_type": "code", "client_id": client, "redirect_uri": REDIRECT, "code_challenge_method": "S256",
        "code_challenge": challenge_of(VERIFIER), "state": "s", "resource": f"{running.url}/mcp",
    }  # fmt: skip
    came_back: list[str] = []

    async def receive(route: Route) -> None:
        came_back.append(route.request.url)
        await route.fulfill(body="the client has its answer")

    async with async_playwright() as player:
        browser = await player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page()
        page.set_default_timeout(3 * PATIENCE * 1000)
        problems: list[str] = []
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        await page.route("http://127.0.0.1:9/**", receive)
        await page.goto(f"{running.url}/oauth/authorize?{urlencode(fields)}")
        await page.get_by_label("User").fill("ada")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Log in", exact=True).click()
        await page.get_by_role("heading", name="Chromium test wants to use tools in your name").wait_for()
        await page.get_by_role("button", name="Agree").click()
        await page.get_by_text("the client has its answer").wait_for()
        await browser.close()
    (answer,) = came_back
    given = {name: values[0] for name, values in parse_qs(urlsplit(answer).query).items()}
    assert (given["state"], given["iss"]) == ("s", running.url)
    assert problems == []
    form = {"grant_type": "authorization_code", "code": given["code"], "client_id": client, "code_verifier": VERIFIER}
    media = "application/x-www-form-urlencoded"
    told = json.loads(running.ask("POST", "/oauth/token", urlencode(form).encode(), key="", content_type=media)[2])
    tried = running.ask("POST", "/mcp", b"{}", key=told["access_token"], content_type="application/json")
    assert tried[0] == 400, tried  # let in: what it sends is no message of the protocol
