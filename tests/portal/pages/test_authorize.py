"""Consent: who asks, what they see, and where nobody is led."""

from pathlib import Path

import jwt
import pytest
from msgspec import structs

from tests.portal.house import URL, Browser, House, house, led_to, read
from tests.portal.house_client import MCP, REDIRECT, agree, asked, logged_in, redeem, register, renew
from trigate.portal.authorization_settings import AuthorizationSettings, ClientSettings
from trigate.portal.host import PortalHost

SERVER = AuthorizationSettings(clients={"desk": ClientSettings(title="Desk", redirect_uris=(REDIRECT,))})


async def test_a_person_sees_who_asks_for_what_and_agrees(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        browser = await logged_in(built)
        client = await register(built, client_name="Nice <b>client</b>\u202e")
        await browser.get(asked(client["client_id"], resource=f"{URL}/mcp/engineering", scope="mcp:tools:git openid"))
        assert "<b>client" not in browser.page
        for shown in (
            "Nice <b>client</b>", "registered itself", "client.example", f"{URL}/mcp/engineering", "git",
            "use the tools of git", "ada",
        ):  # fmt: skip
            assert shown in browser.text
        place, given = led_to(await browser.send("/oauth/authorize", answer="yes"))
        assert place == REDIRECT
        assert (given["state"], given["iss"], bool(given["code"])) == ("state-1", URL, True)


async def test_whoever_is_not_logged_in_logs_in_first_and_comes_back(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        await built.add_user()
        browser = Browser(built)
        place, query = led_to(await browser.get(asked("desk")))
        assert (place, query["next"]) == ("/oauth/login", asked("desk"))
        await browser.log_in(query["next"])
        await browser.get(query["next"])
        assert "set up by the operator" in browser.text


async def test_a_person_refuses(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        browser = await logged_in(built)
        await browser.get(asked("desk"))
        place, given = led_to(await browser.send("/oauth/authorize", answer="no"))
        assert (place, given["error"], given["state"], given["iss"]) == (REDIRECT, "access_denied", "state-1", URL)


LED_NOWHERE = [
    {"client_id": "unknown"},
    {"client_id": "https://127.0.0.1/"},
    {"redirect_uri": None},
    {"redirect_uri": "https://client.example/callback/"},
    {"redirect_uri": "https://client.example/callback?x=1"},
    {"redirect_uri": "https://client.example.evil.example/callback"},
    {"redirect_uri": "https://client.example/callback/../x"},
    {"redirect_uri": "https://client.example@evil.example/callback"},
    {"redirect_uri": "https://CLIENT.example/callback"},
    {"redirect_uri": "javascript:alert(1)"},
    {"redirect_uri": "http://127.0.0.1:8000/callback"},
    {"state": "x" * 5000},
]


@pytest.mark.parametrize("wrong", LED_NOWHERE, ids=lambda wrong: str(wrong)[:60])
async def test_nobody_is_led_where_the_client_has_not_said(tmp_path: Path, wrong: dict[str, str | None]):
    async with house(tmp_path, authorization_server=SERVER) as built:
        browser = await logged_in(built)
        answer = await browser.get(asked(**({"client": "desk"} | wrong)))  # type: ignore[arg-type]
        assert answer.status == 400
        assert b"location" not in dict(answer.headers)
        assert "<form" not in browser.page


TOLD = [
    ({"code_challenge": None}, "invalid_request"),
    ({"code_challenge_method": None}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge": "short"}, "invalid_request"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": None}, "unsupported_response_type"),
    ({"response_mode": "fragment"}, "invalid_request"),
    ({"request": "x.y.z"}, "request_not_supported"),
    ({"resource": "https://other.example/mcp"}, "invalid_target"),
    ({"resource": f"{URL}/mcp/unknown"}, "invalid_target"),
    ({"scope": "mcp:everything"}, "invalid_scope"),
    ({"prompt": "none"}, "interaction_required"),
]


@pytest.mark.parametrize(("wrong", "error"), TOLD, ids=lambda each: str(each)[:60])
async def test_the_client_is_told_what_is_wrong(tmp_path: Path, wrong: dict[str, str | None], error: str):
    async with house(tmp_path, authorization_server=SERVER) as built:
        browser = await logged_in(built)
        place, given = led_to(await browser.get(asked("desk", **wrong)))
        assert (place, given["error"], given["state"], given["iss"]) == (REDIRECT, error, "state-1", URL)
        assert "code" not in given


async def test_a_parameter_that_comes_twice_is_refused(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        browser = await logged_in(built)
        answer = await browser.get(asked("desk") + "&redirect_uri=https%3A%2F%2Fevil.example%2F")
        assert answer.status == 400


async def test_a_client_that_names_no_endpoint_means_the_whole_gateway(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        browser = await logged_in(built)
        await browser.get(asked("desk", resource=None))
        assert f"Endpoint {MCP} " in " ".join(browser.text.split())


async def test_the_port_of_a_loopback_address_is_free_and_nothing_else_of_it(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        browser = await logged_in(built)
        client = (await register(built, redirect_uris=["http://127.0.0.1:3000/callback"]))["client_id"]
        await browser.get(asked(client, redirect_uri="http://127.0.0.1:49152/callback"))
        assert "your own computer" in browser.text
        assert await agree(browser, client, redirect_uri="http://127.0.0.1:49152/callback")
        for other in (
            "http://127.0.0.1:49152/other",
            "http://localhost:3000/callback",
            "https://127.0.0.1:3000/callback",
        ):
            assert (await browser.get(asked(client, redirect_uri=other))).status == 400


async def test_consent_cannot_be_framed_and_its_form_leads_to_the_client_alone(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        browser = await logged_in(built)
        fields = dict((await browser.get(asked("desk"))).headers)
        assert fields[b"x-frame-options"] == b"DENY"
        policy = fields[b"content-security-policy"].decode()
        assert "frame-ancestors 'none'" in policy
        assert policy.endswith("form-action 'self' https://client.example")


async def shown(built: House, browser: Browser) -> dict[str, str]:
    await browser.get(asked("desk"))
    return browser.form("/oauth/authorize", {}) | {"answer": "yes"}


async def test_nobody_agrees_in_place_of_the_person(tmp_path: Path):
    """Forms of other pages, of other browsers and of other people are refused."""
    async with house(tmp_path, authorization_server=SERVER) as built:
        victim = await logged_in(built)
        form = await shown(built, victim)
        cookie = "; ".join(f"{name}={value}" for name, value in victim.cookies.items())
        assert (await built.post("/oauth/authorize", form)).status == 403
        assert (await built.post("/oauth/authorize", form, cookie=cookie, origin="https://evil.example")).status == 403
        await built.add_user("mallory")
        attacker = Browser(built)
        await attacker.log_in(user="mallory")
        mixed = form | {"request": (await shown(built, attacker))["request"]}
        assert (await built.post("/oauth/authorize", mixed, cookie=cookie, origin=URL)).status == 400
        broken = form | {"request": form["request"][:-8] + "AAAAAAAA"}
        assert (await built.post("/oauth/authorize", broken, cookie=cookie, origin=URL)).status == 400
        assert (await built.post("/oauth/authorize", form, cookie=cookie, origin=URL)).status == 303


async def test_whoever_has_logged_out_meanwhile_agrees_to_nothing(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        browser = await logged_in(built)
        form = await shown(built, browser)
        browser.cookies.pop("__Host-trigate-session")
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        assert (await built.post("/oauth/authorize", form, cookie=cookie)).status == 400


async def test_a_stranger_has_nobodys_documents_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async with house(tmp_path, authorization_server=SERVER) as built:
        monkeypatch.setattr(built.office.premises.client, "endpoint", pytest.fail)
        answer = await Browser(built).get(asked("https://victim.example/metadata"))
        assert led_to(answer)[0] == "/oauth/login"
        assert (await Browser(built).get(asked("https://victim.example/metadata", prompt="none"))).status == 400


async def test_a_person_lets_a_client_use_some_tools_alone(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        browser = await logged_in(built)
        opened(built, {"git": ("push", "pull"), "time": ("now",)})
        client = (await register(built))["client_id"]
        await browser.get(asked(client, scope="mcp:tools mcp:prompts"))
        for shown in ("push of git", "pull of git", "now of time"):
            assert shown in browser.text
        _, given = led_to(await browser.send("/oauth/authorize", answer="yes", tools="some", **{"tool-1": "git/pull"}))
        told = read(await redeem(built, client, given["code"]))
        assert told["scope"] == "mcp:prompts mcp:tools:git/pull"
        claims = jwt.decode(told["access_token"], options={"verify_signature": False})
        assert claims["scope"] == told["scope"]
        renewed = read(await renew(built, client, told["refresh_token"], scope="mcp:tools:git/pull"))
        assert renewed["scope"] == "mcp:tools:git/pull"
        assert (await renew(built, client, renewed["refresh_token"], scope="mcp:tools:git/push")).status == 400


async def test_nothing_chosen_leads_nowhere(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        browser = await logged_in(built)
        opened(built, {"git": ("push",)})
        await browser.get(asked("desk", scope="mcp:tools"))
        assert (await browser.send("/oauth/authorize", answer="yes", tools="some")).status == 400


def opened(built: House, tools: dict[str, tuple[str, ...]]) -> None:
    """Have these tools be known."""
    office = built.office
    office.premises = structs.replace(office.premises, tools=lambda server: tools.get(server, ()))
    built.host = PortalHost(office.pages())
