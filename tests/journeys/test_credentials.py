"""The gateway proves itself to its upstreams in every lane, and what proves it is seen by nobody else."""

import asyncio
import hmac
import re
import signal
import ssl
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from tests.config.secret_stores.fake import serving
from tests.house.sources import ROOT
from tests.journeys.conftest import START_SECONDS, Gateway
from tests.journeys.fortress import CONFIG, LANES, Asked, Fortress, Scene, code_of
from tests.journeys.stage import eventually
from tests.outbound.chaos import Chaos
from tests.outbound.credentials.test_google_service_account import key_file
from tests.outbound.issuer import Issuer
from tests.patience import PATIENCE
from trigate.config.load import load_text
from trigate.outbound.credentials.refresh_token import RefreshToken

Start = Callable[[str], Gateway]
CANARY = "canary-secret-4711"
TOKENS = [(200, {"access_token": f"canary-token-{number}", "expires_in": 3600}) for number in range(1, 9)]


def token_config(issuer: Issuer) -> str:
    return (
        f"{{ kind: client_credentials, token_url: '{issuer.url}/token', client_id: gate, client_secret: {CANARY}, "
        "scope: [use] }"
    )


def started(gateway: Start, upstream: Fortress, credential: str, more: str = "") -> Scene:
    return Scene(gateway(CONFIG.format(url=upstream.url, credential=credential) + more))


@pytest.mark.parametrize(
    ("credential", "name", "value"),
    [
        (f"{{ kind: header, value: {CANARY} }}", "authorization", f"Bearer {CANARY}"),
        (f"{{ kind: header, name: X-Service-Key, value: {CANARY} }}", "x-service-key", CANARY),
        (
            f"{{ kind: basic, user: gate, password: {CANARY} }}",
            "authorization",
            "Basic " + b64encode(f"gate:{CANARY}".encode()).decode(),
        ),
    ],
    ids=["bearer", "header", "basic"],
)
async def test_a_constant_proof_is_in_every_request(gateway: Start, credential: str, name: str, value: str) -> None:
    async with Fortress() as upstream:
        scene = started(gateway, upstream, credential)
        for lane in LANES:
            for _ in range(2):
                got = await scene.ask(lane, "x-service-key: of-the-caller", "cookie: a=b")
                assert got.status == 200, got.raw
        assert len(upstream.asked) >= 6
        own = [value] if name == "x-service-key" else ["of-the-caller"]
        for asked in upstream.asked:
            assert asked.values(name) == [value]
            if asked.target == "/s/x":
                assert (asked.values("x-service-key"), asked.values("cookie")) == (own, ["a=b"])
        # A provider that refuses and quotes what it was shown is quoted without it; its refusal of the gateway is told.
        upstream.judge = lambda _: 400
        assert "•••".encode() in (await scene.ask("llm")).body
        upstream.judge = lambda _: 401
        assert [(await scene.ask(lane)).status for lane in ("llm", "mcp")] == [502, 200]
        scene.end(CANARY, value)


async def test_one_token_serves_all_lanes_and_a_crowd_of_calls(gateway: Start) -> None:
    async with Issuer(*TOKENS) as issuer, Fortress() as upstream:
        scene = started(gateway, upstream, token_config(issuer))
        issuer.may_answer.clear()
        crowd = asyncio.ensure_future(scene.crowd("api", 100))
        await eventually(lambda: issuer.asked)
        assert upstream.asked == []
        issuer.may_answer.set()
        assert [got.status for got in await crowd] == [200] * 100
        for lane in ("llm", "mcp", "mcp"):
            assert (await scene.ask(lane)).status == 200
        assert {asked.authorization for asked in upstream.asked} == {"Bearer canary-token-1"}
        assert issuer.asked == [{"grant_type": "client_credentials", "scope": "use"}]
        upstream.judge = lambda _: 400
        assert (await scene.ask("llm")).status == 400
        scene.end(CANARY, "canary-token")


@pytest.mark.parametrize("lane", LANES)
async def test_a_token_that_is_rejected_is_renewed_once_and_the_caller_does_not_notice(
    gateway: Start, lane: str
) -> None:
    good = {"Bearer canary-token-1"}
    async with Issuer(*TOKENS) as issuer, Fortress() as upstream:
        upstream.judge = lambda asked: 200 if asked.authorization in good else 401
        scene = started(gateway, upstream, token_config(issuer))
        assert (await scene.ask(lane)).status == 200
        good.add("Bearer canary-token-2")
        good.remove("Bearer canary-token-1")
        assert [got.status for got in await scene.crowd(lane, 50)] == [200] * 50
        assert len(issuer.asked) == 2
        # An upstream that rejects whatever it is shown costs one more token, and then none for a while.
        good.clear()
        for _ in range(5):
            got = await scene.ask(lane)
            assert got.status == {"api": 401, "llm": 502, "mcp": 200}[lane]
        assert len(issuer.asked) <= 3
        scene.end(CANARY, *([] if lane == "api" else ["canary-token"]))


async def test_a_reload_keeps_the_token_and_can_renew_it(gateway: Start) -> None:
    good = {"Bearer canary-token-1"}
    async with Issuer(*TOKENS) as issuer, Fortress() as upstream:
        upstream.judge = lambda asked: 200 if asked.authorization in good else 401
        scene = started(gateway, upstream, token_config(issuer))
        assert (await scene.ask("api")).status == 200
        text = CONFIG.format(url=upstream.url, credential=token_config(issuer))
        scene.running.write(text + "outbound: { timeouts: { connect: 4s } }\n")
        scene.running.process.send_signal(signal.SIGHUP)
        await eventually(lambda: "generation=2" in scene.running.log)
        assert [(await scene.ask(lane)).status for lane in LANES] == [200] * 3
        assert len(issuer.asked) == 1
        good |= {"Bearer canary-token-2"}
        good -= {"Bearer canary-token-1"}
        assert [(await scene.ask(lane)).status for lane in LANES] == [200] * 3
        assert len(issuer.asked) == 2
        scene.end(CANARY, "canary-token")


async def test_a_token_endpoint_that_fails_is_noticed_when_the_token_has_run_out(gateway: Start) -> None:
    short = (200, {"access_token": "canary-token-1", "expires_in": 2})
    async with Issuer(short, (503, {})) as issuer, Fortress() as upstream:
        scene = started(gateway, upstream, token_config(issuer))
        assert (await scene.ask("api")).status == 200
        async with asyncio.timeout(PATIENCE):
            while (got := await scene.ask("api")).status == 200:
                pass
        assert (got.status, code_of("api", got)) == (502, "upstream.failed")
        for lane in LANES:
            got = await scene.ask(lane)
            assert code_of(lane, got) == "upstream.failed"
            assert b"token endpoint" in got.body
        assert {asked.authorization for asked in upstream.asked} == {"Bearer canary-token-1"}
        scene.end(CANARY, "canary-token")


async def test_a_token_endpoint_that_refuses_the_gateway_is_the_operators_fault(gateway: Start) -> None:
    refusal = (401, {"error": "invalid_client", "error_description": f"wrong {CANARY}"})
    async with Issuer(refusal) as issuer, Fortress() as upstream:
        scene = started(gateway, upstream, token_config(issuer))
        for lane in LANES:
            got = await scene.ask(lane)
            assert code_of(lane, got) == "upstream.credential"
            assert b"invalid_client" in got.body
        assert upstream.asked == []
        scene.running.record(lane="api", outcome="upstream.credential")
        scene.end(CANARY)


async def test_a_refresh_token_is_spent_once_by_all_workers_and_its_successor_outlives_them(gateway: Start) -> None:
    answers = [
        (200, {"access_token": f"canary-token-{n}", "expires_in": 3600, "refresh_token": f"canary-refresh-{n + 1}"})
        for n in range(1, 4)
    ]
    async with Issuer(*answers) as issuer, Fortress() as upstream:
        credential = f"{{ kind: refresh_token, token_url: '{issuer.url}/token', refresh_token: canary-refresh-1 }}"
        workers = "inbound: { listen: '127.0.0.1:<port>', workers: 2 }\n"
        scene = started(gateway, upstream, credential, workers)
        for lane in LANES:
            assert [got.status for got in await scene.crowd(lane, 10)] == [200] * 10
        assert {each.authorization for each in upstream.asked} == {"Bearer canary-token-1"}
        await asyncio.to_thread(scene.running.kill)
        scene.running.start()
        await asyncio.to_thread(scene.running.until, scene.running.ready, START_SECONDS)
        for lane in LANES:
            assert [got.status for got in await scene.crowd(lane, 10)] == [200] * 10
        assert [each["refresh_token"] for each in issuer.asked] == ["canary-refresh-1", "canary-refresh-2"]
        scene.end("canary-refresh", "canary-token")


async def test_a_redirect_takes_no_proof_anywhere(gateway: Start) -> None:
    async with Chaos() as stranger, Fortress(lambda _: 307) as upstream:
        upstream.elsewhere = f"{stranger.url}/here"
        scene = started(gateway, upstream, f"{{ kind: header, value: {CANARY} }}")
        assert [(await scene.ask(lane)).status for lane in LANES] == [307, 502, 200]
        assert stranger.talks == []
        scene.end()


def test_what_the_page_shows_is_accepted(tmp_path: Path) -> None:
    """What `trigate check` alone could not follow: a file and a store of secrets stand in for the reader's."""
    page = (ROOT / "docs" / "how-to" / "give-the-gateway-credentials.md").read_text(encoding="utf-8")
    (tmp_path / "google-key.json").write_text(key_file(generate_private_key(65537, 2048)).reveal())
    asked = list[str]()

    def store(method: str, path: str, fields: object, body: bytes) -> tuple[int, dict[str, object]]:
        asked.append(path)
        return 200, {"data": {"data": {"refresh_token": CANARY}, "metadata": {}}}

    with serving(store) as url:
        variables = {"VAULT_ADDR": url, "VAULT_TOKEN": "t"}
        for text in re.findall(r"^```yaml\n(# with .*?)^```$", page, re.MULTILINE | re.DOTALL):
            config = load_text(text, "page", variables, tmp_path)
            assert config.mcp is not None
            search = config.mcp.servers["search"].credential
            assert isinstance(search, RefreshToken)
            assert search.refresh_token.reveal() == CANARY
    assert asked == ["/v1/secret/search"]


def signature(asked: Asked) -> str:
    """What AWS would compute from a request as it came (the documentation's own steps, no code shared)."""
    path, _, query = asked.target.partition("?")
    stated = asked.authorization.split("SignedHeaders=")[1].split(",")[0]
    fields = "".join(f"{name}:{asked.values(name)[0]}\n" for name in stated.split(";"))
    pairs = "&".join(sorted(query.split("&"))) if query else ""
    digest = sha256(asked.body).hexdigest()
    canonical = f"{asked.method}\n{quote(path)}\n{pairs}\n{fields}\n{stated}\n{digest}"
    moment = asked.values("x-amz-date")[0]
    scope = f"{moment[:8]}/eu-central-1/bedrock/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{CANARY}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    proof = hmac.digest(key, text.encode(), "sha256").hex()
    return f"AWS4-HMAC-SHA256 Credential=AKID/{scope}, SignedHeaders={stated}, Signature={proof}"


async def test_requests_are_signed_as_they_are_sent_large_bodies_included(gateway: Start) -> None:
    kind = f"kind: sigv4, access_key_id: AKID, secret_access_key: {CANARY}, region: eu-central-1, service: bedrock"
    async with Fortress() as upstream:
        scene = started(gateway, upstream, f"{{ {kind}, session_token: canary-session, max_body: 1MiB }}")
        for lane in LANES:
            assert (await scene.ask(lane, "x-amz-date: of-the-caller")).status == 200
        path = "/s/a%20b/model%3A1?z=1&a=%2F&a=b"
        assert (await scene.ask("api", path=path, body=b"x" * 700_000)).status == 200
        assert len(upstream.asked[-1].body) == 700_000
        assert (await scene.ask("api", body=b"x" * (2**20 + 1))).status == 413
        assert len(upstream.asked) >= 4
        for asked in upstream.asked:
            assert asked.authorization == signature(asked)
            assert asked.values("x-amz-security-token") == ["canary-session"]
            assert asked.values("x-amz-content-sha256") == [sha256(asked.body).hexdigest()]
            assert asked.values("x-amz-date") != ["of-the-caller"]
        scene.end(CANARY, "canary-session")


async def test_a_certificate_is_shown_to_an_upstream_that_demands_one(gateway: Start, tmp_path: Path) -> None:
    authority, strangers = trustme.CA(), trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    for name, issuer in (("own", authority), ("strange", strangers)):
        issuer.issue_cert("gateway.example").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / f"{name}.pem"))
    trust = f"outbound: {{ tls: {{ ca_file: '{tmp_path}/authority.pem' }} }}\n"
    async with Fortress(tls=context) as upstream:
        scene = started(gateway, upstream, f"{{ kind: mtls, certificate_file: '{tmp_path}/own.pem' }}", trust)
        for lane in LANES:
            got = await scene.ask(lane)
            assert got.status == 200, got.raw
        seen = len(upstream.asked)
        assert seen >= 3
        scene.end("PRIVATE KEY")
        scene = started(gateway, upstream, f"{{ kind: mtls, certificate_file: '{tmp_path}/strange.pem' }}", trust)
        for lane in LANES:
            assert code_of(lane, await scene.ask(lane)).startswith(("upstream.", "mcp.server_failed"))
        assert len(upstream.asked) == seen
        scene.end("PRIVATE KEY")
