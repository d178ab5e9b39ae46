"""MCP clients log people in at the gateway with nothing else installed: the MCP project's SDK, two workers."""

import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken

from tests.journeys.conftest import Gateway
from tests.journeys.person import PASSWORD, Person
from tests.patience import PATIENCE
from trigate.policy.password import hash_password
from trigate.portal.grants.authorization_code import challenge_of

DEMO = [sys.executable, "-m", "trigate.cli.demo.tools"]
REDIRECT = "http://127.0.0.1:9/callback"


SERVERS = {name: {"command": DEMO, "timeouts": {"list": "60s", "greet": "60s"}} for name in ("one", "two")}
SETTINGS = {
    "inbound": {"listen": "127.0.0.1:<port>", "workers": 2},
    "portal": {"url": "http://127.0.0.1:<port>", "visits": 10_000, "authorization_server": {"access_token": "60s"}},
    "mcp": {"servers": SERVERS, "endpoints": {"first": {"servers": ["one"]}}},
}


@pytest.fixture(scope="module")
def running(lasting_gateway: Callable[[str], Gateway]) -> Gateway:
    """A gateway with two workers, at which ada can log in by password."""
    gateway = lasting_gateway("".join(f"{name}: {json.dumps(value)}\n" for name, value in SETTINGS.items()))
    gateway.until(gateway.ready)
    operate(gateway, "PUT", "/v1/users/ada", {})
    operate(gateway, "PUT", "/v1/users/ada/password", {"hash": hash_password(PASSWORD)})
    return gateway


def operate(gateway: Gateway, method: str, path: str, body: Any = None) -> Any:
    """Through the admin API, with the token of this machine."""
    token = next(gateway.folder.rglob("admin.token")).read_text().strip()
    payload = None if body is None else json.dumps(body).encode()
    status, _, answer = gateway.ask(method, path, payload, gateway.admin_url, token)
    assert status in (200, 201, 204), answer
    return json.loads(answer) if answer else None


class Storage:
    """What an SDK's client remembers."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


def provider(gateway: Gateway, path: str, person: Person, storage: Storage) -> OAuthClientProvider:
    """The SDK's own client, whose browser is `person`."""
    given: dict[str, str] = {}

    async def lead(address: str) -> None:
        given.update(person.let_in(address))

    async def come_back() -> AuthorizationCodeResult:
        return AuthorizationCodeResult(code=given["code"], state=given["state"], iss=given["iss"])

    described = OAuthClientMetadata.model_validate({"client_name": "SDK", "redirect_uris": [REDIRECT]})
    return OAuthClientProvider(gateway.url + path, described, storage, lead, come_back)


@asynccontextmanager
async def connected(gateway: Gateway, path: str, auth: Any) -> AsyncIterator[Client]:
    async with (
        httpx2.AsyncClient(auth=auth, timeout=PATIENCE) as http,
        Client(streamable_http_client(gateway.url + path, http_client=http)) as client,
    ):
        yield client


async def test_a_client_registers_logs_a_person_in_and_calls_a_tool(running: Gateway):
    storage, person = Storage(), Person(running.url)
    async with connected(running, "/mcp", provider(running, "/mcp", person, storage)) as client:
        names = [each.name for each in (await client.list_tools()).tools]
        assert any(name.startswith("one__") for name in names)
        assert any(name.startswith("two__") for name in names)
    assert storage.tokens is not None
    assert storage.tokens.refresh_token
    (login,) = operate(running, "GET", "/v1/logins")
    assert (login["user"], login["title"], login["resource"]) == ("ada", "SDK", f"{running.url}/mcp")


async def test_a_client_that_may_use_one_tool_sees_and_calls_no_other(running: Gateway):
    person = Person(running.url)
    async with connected(running, "/mcp", provider(running, "/mcp", person, Storage())) as client:
        assert len((await client.list_tools()).tools) > 2  # from now on the page knows their names
    storage, person.tools = Storage(), ("one/add",)
    async with connected(running, "/mcp", provider(running, "/mcp", person, storage)) as client:
        assert [each.name for each in (await client.list_tools()).tools] == ["one__add"]
    assert storage.tokens is not None
    async with connected(running, "/mcp", Bearer(storage.tokens.access_token)) as client:
        assert not (await client.call_tool("one__add", {"a": 1, "b": 2})).is_error
        with pytest.raises((MCPError, httpx2.HTTPStatusError)):
            await client.call_tool("two__add", {"a": 1, "b": 2})


async def test_a_token_is_good_at_its_endpoint_alone(running: Gateway):
    storage, person = Storage(), Person(running.url)
    async with connected(running, "/mcp/first", provider(running, "/mcp/first", person, storage)) as client:
        assert await client.list_tools()
    assert storage.tokens is not None
    token = storage.tokens.access_token
    for path, status in (("/mcp/first", 400), ("/mcp", 401), ("/v1/models", 401)):
        for _ in range(4):  # both workers
            answer = running.ask("POST", path, b"{}", key=token, content_type="application/json")
            assert answer[0] == status, (path, answer)


async def test_a_login_that_is_revoked_is_over_in_every_worker(running: Gateway):
    storage, person = Storage(), Person(running.url)
    async with connected(running, "/mcp", provider(running, "/mcp", person, storage)) as client:
        assert await client.list_tools()
    assert storage.tokens is not None
    token = storage.tokens.access_token
    for login in operate(running, "GET", "/v1/logins"):
        operate(running, "DELETE", f"/v1/logins/{login['id']}")

    def refused() -> bool:
        seen = [running.ask("POST", "/mcp", b"{}", key=token, content_type="application/json")[0] for _ in range(6)]
        return set(seen) == {401}

    running.until(refused)


def test_whoever_has_no_token_is_told_where_to_log_in(running: Gateway):
    status, fields, _ = running.ask("POST", "/mcp/first", b"{}", key="", content_type="application/json")
    assert status == 401
    place = f"{running.url}/.well-known/oauth-protected-resource/mcp/first"
    assert f'resource_metadata="{place}"' in fields["www-authenticate"]
    described = json.loads(running.ask("GET", place.removeprefix(running.url), key="")[2])
    assert (described["resource"], described["authorization_servers"]) == (f"{running.url}/mcp/first", [running.url])


async def test_a_scope_that_lacks_is_demanded(running: Gateway):
    person = Person(running.url)
    client = json.loads(
        running.ask(
            "POST",
            "/oauth/register",
            json.dumps({"redirect_uris": [REDIRECT], "token_endpoint_auth_method": "none"}).encode(),
            key="",
            content_type="application/json",
        )[2]
    )["client_id"]
    token = redeem(running, person, client, "mcp:prompts")
    async with connected(running, "/mcp", Bearer(token)) as caller:
        assert (await caller.list_tools()).tools == []
        with pytest.raises((MCPError, httpx2.HTTPStatusError)):
            await caller.call_tool("one__add", {"a": 1, "b": 2})
    record = running.record(outcome="access.scope")
    assert record["key"] == "login:ada"


class Bearer(httpx2.Auth):
    """A token as it is."""

    def __init__(self, token: str) -> None:
        self.token = token

    def auth_flow(self, request: httpx2.Request) -> Any:
        request.headers["authorization"] = f"Bearer {self.token}"
        yield request


def redeem(gateway: Gateway, person: Person, client: str, scope: str) -> str:
    """An access token for the whole gateway, limited to a scope."""
    verifier = "v" * 43
    fields = {
        "response_type": "code", "client_id": client, "redirect_uri": REDIRECT, "code_challenge_method": "S256",
        "code_challenge": challenge_of(verifier), "scope": scope, "resource": f"{gateway.url}/mcp",
    }  # fmt: skip
    code = person.let_in(f"/oauth/authorize?{urlencode(fields)}")["code"]
    form = {"grant_type": "authorization_code", "code": code, "client_id": client, "code_verifier": verifier}
    media = "application/x-www-form-urlencoded"
    answer = gateway.ask("POST", "/oauth/token", urlencode(form).encode(), key="", content_type=media)
    return json.loads(answer[2])["access_token"]
