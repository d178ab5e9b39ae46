"""People log in at an identity provider of others, npm's `oidc-provider`; clients, by the address of what they are."""

import json
import re
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx2
import pytest
import trustme
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.shared.auth import OAuthClientMetadata
from playwright.async_api import Route, async_playwright

from tests.conftest import missing
from tests.journeys.conftest import Gateway
from tests.journeys.person import PASSWORD, Person
from tests.journeys.test_login import REDIRECT, SERVERS, Storage, connected, operate
from tests.journeys.test_login_in_chromium import CHROMIUM, VERIFIER, register
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.process.scene import refused, until
from trigate.policy.password import hash_password
from trigate.portal.grants.authorization_code import challenge_of

PROGRAM = Path(__file__).parent / "node" / "oidc_provider.mjs"


def started(gateway: Callable[[str], Gateway], **sections: Any) -> Gateway:
    """A gateway with tools."""
    sections.setdefault("mcp", {"servers": {"one": SERVERS["one"]}})
    return gateway("".join(f"{name}: {json.dumps(value)}\n" for name, value in sections.items()))


@contextmanager
def provider(node: str, port: int, running: Gateway) -> Iterator[str]:
    """The provider, which knows the gateway as one of its clients; its issuer."""
    log = running.folder / "provider.log"
    with log.open("wb") as output:
        command = [node, str(PROGRAM), str(port), f"{running.url}/oauth/callback"]
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        until(lambda: process.poll() is not None or not refused(port))
        assert process.poll() is None, log.read_text()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(PATIENCE)


class Visitor:
    """A person at the provider's pages: says who she is, and agrees."""

    def __init__(self) -> None:
        self._browser = httpx2.Client(timeout=PATIENCE)

    def let_in(self, address: str) -> dict[str, str]:
        """Follow all pages from there; what the client gets."""
        with self._browser as browser:
            answer = browser.get(address)
            for _ in range(12):
                if answer.is_redirect:
                    place = urljoin(str(answer.url), answer.headers["location"])
                    if place.startswith(REDIRECT):
                        return {name: values[0] for name, values in parse_qs(urlsplit(place).query).items()}
                    answer = browser.get(place)
                    continue
                form = re.search(r'<form[^>]* action="([^"]*)".*?name="prompt" value="(\w+)"', answer.text, re.DOTALL)
                assert form, answer.text
                fields = {"prompt": form[2]} | ({"login": "ada", "password": "x"} if form[2] == "login" else {})
                answer = browser.post(urljoin(str(answer.url), unescape(form[1])), data=fields)
        raise AssertionError("the way never ends")


async def test_a_person_logs_in_to_the_portal_through_it_in_chromium(
    gateway: Callable[[str], Gateway], node: Callable[[str], str]
):
    program = node("oidc-provider")
    if CHROMIUM is None:
        missing("chromium", "install it, or run `make test` as root on Debian")
    port = free_port()
    corp = {"issuer": f"http://127.0.0.1:{port}", "client_id": "trigate", "client_secret": "the secret of the gateway"}
    login = {"passwords": False, "keys": False, "providers": {"corp": corp | {"title": "Corp", "admit": "anyone"}}}
    portal = {"url": "http://127.0.0.1:<port>", "authorization_server": {}, "login": login}
    running = started(gateway, portal=portal)
    client = register(running)
    fields = {
        "response_type": "code", "client_id": client, "redirect_uri": REDIRECT, "code_challenge_method": "S256",
        "code_challenge": challenge_of(VERIFIER), "state": "s", "resource": f"{running.url}/mcp",
    }  # fmt: skip
    came_back: list[str] = []

    async def receive(route: Route) -> None:
        came_back.append(route.request.url)
        await route.fulfill(body="the client has its answer")

    with provider(program, port, running):
        async with async_playwright() as player:
            browser = await player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = await browser.new_page()
            page.set_default_timeout(3 * PATIENCE * 1000)
            await page.route("https://**", lambda route: route.abort())  # letters that the provider wants to look good
            await page.route("http://127.0.0.1:9/**", receive)
            await page.goto(f"{running.url}/oauth/authorize?{urlencode(fields)}")
            await page.get_by_role("link", name="Log in with Corp").click()
            await page.get_by_placeholder("Enter any login").fill("ada")
            await page.get_by_placeholder("and password").fill("x")
            await page.get_by_role("button", name="Sign-in").click()
            await page.get_by_role("button", name="Continue").click()
            await page.get_by_role("heading", name="Chromium test wants to use tools in your name").wait_for()
            await page.get_by_role("button", name="Agree").click()
            await page.get_by_text("the client has its answer").wait_for()
            await browser.close()
    (answer,) = came_back
    code = parse_qs(urlsplit(answer).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "client_id": client, "code_verifier": VERIFIER}
    media = "application/x-www-form-urlencoded"
    told = json.loads(running.ask("POST", "/oauth/token", urlencode(form).encode(), key="", content_type=media)[2])
    assert running.ask("POST", "/mcp", b"{}", key=told["access_token"], content_type="application/json")[0] == 400
    (who,) = operate(running, "GET", "/v1/logins")
    assert who["user"] == "ada@example.com"


async def test_an_sdk_logs_a_person_in_there_and_its_tokens_open_the_one_endpoint(
    gateway: Callable[[str], Gateway], node: Callable[[str], str]
):
    program, port = node("oidc-provider"), free_port()
    issuer, url = f"http://127.0.0.1:{port}", "http://127.0.0.1:<port>"
    proof = {"kind": "jwt", "issuer": issuer, "audience": [f"{url}/mcp", f"{url}/mcp/first"], "claims": {"user": "sub"}}
    running = started(
        gateway,
        portal={"url": url},
        policy={"authenticators": [proof]},
        mcp={
            "authorization": {"issuers": [issuer], "scope_claim": "scope"},
            "servers": SERVERS,
            "endpoints": {"first": {"servers": ["one"]}},
        },
    )
    storage, given = Storage(), dict[str, str]()

    async def lead(address: str) -> None:
        given.update(Visitor().let_in(address))

    async def come_back() -> AuthorizationCodeResult:
        return AuthorizationCodeResult(code=given["code"], state=given["state"], iss=given["iss"])

    described = OAuthClientMetadata.model_validate({"client_name": "SDK", "redirect_uris": [REDIRECT]})
    auth = OAuthClientProvider(f"{running.url}/mcp/first", described, storage, lead, come_back)
    with provider(program, port, running):
        async with connected(running, "/mcp/first", auth) as client:
            assert {each.name.partition("__")[0] for each in (await client.list_tools()).tools} == {"one"}
            result = await client.call_tool("one__add", {"a": 1, "b": 2})
            assert result.structured_content == {"sum": 3}
        assert storage.tokens is not None
        token = storage.tokens.access_token
        for path, status in (("/mcp/first", 400), ("/mcp", 401)):
            assert running.ask("POST", path, b"{}", key=token, content_type="application/json")[0] == status
    assert running.record(action="mcp.tools.call", resource="server/one/tool/add")["user"] == "ada"


class Described(BaseHTTPRequestHandler):
    """Says what the client is whose id is its own address."""

    def do_GET(self) -> None:
        document = {
            "client_id": f"https://{self.headers['host']}/client.json",
            "client_name": "SDK by document",
            "redirect_uris": [REDIRECT],
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"],
        }
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def document(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address of a client's description, and the authority that vouches for it."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server = HTTPServer(("127.0.0.1", 0), Described)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"https://localhost:{server.server_address[1]}/client.json", tmp_path / "authority.pem"
    server.shutdown()
    thread.join(PATIENCE)
    server.server_close()


async def test_an_sdk_logs_in_as_a_client_that_is_known_by_its_document(
    gateway: Callable[[str], Gateway], document: tuple[str, Path]
):
    address, authority = document
    inside = {"allow": ["127.0.0.0/8", "::1/128"], "names": ["localhost"]}
    running = started(
        gateway,
        portal={"url": "http://127.0.0.1:<port>", "authorization_server": {"registration": False}},
        outbound={"egress": inside, "tls": {"ca_file": str(authority)}},
    )
    operate(running, "PUT", "/v1/users/ada", {})
    operate(running, "PUT", "/v1/users/ada/password", {"hash": hash_password(PASSWORD)})
    storage, person, given = Storage(), Person(running.url), dict[str, str]()

    async def lead(place: str) -> None:
        given.update(person.let_in(place))

    async def come_back() -> AuthorizationCodeResult:
        return AuthorizationCodeResult(code=given["code"], state=given["state"], iss=given["iss"])

    described = OAuthClientMetadata.model_validate({"client_name": "SDK", "redirect_uris": [REDIRECT]})
    auth = OAuthClientProvider(f"{running.url}/mcp", described, storage, lead, come_back, client_metadata_url=address)
    async with connected(running, "/mcp", auth) as client:
        assert (await client.call_tool("one__add", {"a": 1, "b": 2})).structured_content == {"sum": 3}
    assert storage.client is not None
    assert storage.client.client_id == address
    (login,) = operate(running, "GET", "/v1/logins")
    assert (login["user"], login["client"]) == ("ada", address)
