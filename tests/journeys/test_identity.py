"""Callers known by keys of the store, tokens, certificates and signatures, over real sockets."""

import asyncio
import base64
import hmac
import json
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import trustme

from tests.journeys.caller import Caller, head
from tests.journeys.conftest import Gateway
from tests.outbound.chaos import Chaos, answer, expect, hang, send
from tests.patience import PATIENCE
from tests.policy.issuer import AUDIENCE, Issuer, SigningKey

SECRET = "shared-secret-of-at-least-32-bytes!"
ROUTE = "api: {{ routes: {{ all: {{ targets: ['{upstream}'] }} }} }}\n"


def policy(*authenticators: str, keys: str = "") -> str:
    return f"policy:\n  authenticators: [{', '.join(authenticators)}]\n  keys: {{ {keys} }}\n"


def command(running: Gateway, *words: str) -> Any:
    """What the command line answers."""
    line = [str(Path(sys.executable).parent / "trigate"), *words, "-c", str(running.file), "--format", "json"]
    environment = {**os.environ, "TRIGATE_KEY": running.key}
    done = subprocess.run(
        line, check=False, capture_output=True, text=True, timeout=PATIENCE, cwd=running.folder, env=environment
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout.startswith(("[", "{")) else done.stdout


async def known(running: Gateway, secret: str) -> Caller:
    """A caller whose answer has begun: as soon as the gateway knows the key."""
    async with asyncio.timeout(PATIENCE):
        while True:
            caller = await Caller.connect(running.port)
            caller.send(head("GET", "/a", key=secret))
            if b" 200 " in await caller.until(b"\r\n\r\n"):
                return caller
            caller.reset()


async def status(running: Gateway, method: str, path: str, body: bytes | None = None, **more: str) -> int:
    """What a request is answered, while upstreams in this loop go on."""
    return (await asyncio.to_thread(lambda: running.ask(method, path, body, **{"key": "", **more})))[0]


async def test_a_key_of_the_store_counts_soon_and_ends_what_it_does_when_it_is_revoked(
    gateway: Callable[[str], Gateway],
) -> None:
    begun = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbegun"
    async with Chaos([expect(), send(begun), hang()], repeat=True) as upstream:
        running = gateway(ROUTE.format(upstream=upstream.url))
        await asyncio.to_thread(command, running, "teams", "create", "ops")
        made = await asyncio.to_thread(command, running, "keys", "create", "robot", "--team", "ops")
        secret = str(made[0]["secret"])
        async with await known(running, secret) as caller:
            await asyncio.to_thread(command, running, "keys", "revoke", "robot")
            rest, was_reset = await caller.closed()
            assert len(rest) < 95
            assert was_reset
        assert await status(running, "GET", "/a", key=secret) == 401
        record = await asyncio.to_thread(running.record, outcome="auth.invalid", team="ops")
        assert record["key"] == "robot"
        assert secret not in running.log


async def test_an_end_user_is_named_by_a_key_that_may_and_by_no_other(gateway: Callable[[str], Gateway]) -> None:
    keys = (
        "app: { secret: key-of-the-application, may_act_for_users: true }, "
        "plain: { secret: key-of-somebody-else }, far: { secret: key-from-far-away-12, addresses: [192.0.2.0/24] }"
    )
    async with Chaos([answer()], repeat=True) as upstream:
        running = gateway(policy("{ kind: api_key }", keys=keys) + ROUTE.format(upstream=upstream.url))
        assert await status(running, "GET", "/a", key="key-of-the-application", x_trigate_user="ada") == 200
        assert await status(running, "GET", "/a", key="key-of-somebody-else", x_trigate_user="ada") == 403
        assert await status(running, "GET", "/a", key="key-from-far-away-12") == 403
        assert running.record(key="app")["on_behalf_of"] == "ada"
        assert b"trigate-user" not in b"".join(talk.received for talk in upstream.talks).lower()


async def test_a_key_in_the_query_goes_no_further(gateway: Callable[[str], Gateway]) -> None:
    text = policy("{ kind: api_key, query: key }", keys="app: { secret: key-of-the-application }")
    async with Chaos([answer()], repeat=True) as upstream:
        running = gateway(text + ROUTE.format(upstream=upstream.url))
        path = "/a?x=1&key=key-of-the-application&y"
        assert await status(running, "GET", path) == 200
        (talk,) = upstream.talks
        assert talk.received.startswith(b"GET /a?x=1&y HTTP/1.1\r\n")
        assert "key-of-the-application" not in json.dumps(running.records())


async def test_a_token_of_an_issuer_opens_the_gateway(gateway: Callable[[str], Gateway]) -> None:
    async with Issuer(SigningKey("first")) as issuer, Chaos([answer()], repeat=True) as upstream:
        jwt = f"{{ kind: jwt, issuer: '{issuer.url}', audience: ['{AUDIENCE}'], claims: {{ team: team }} }}"
        running = gateway(policy(jwt) + ROUTE.format(upstream=upstream.url))
        assert await status(running, "GET", "/a", key=issuer.token(team="ops")) == 200
        for bad in (issuer.token(aud="x"), issuer.token(exp=1), SigningKey("first").token(iss=issuer.url)):
            refused, fields, body = await asyncio.to_thread(running.ask, "GET", "/a", key=bad)
            assert refused == 401
            assert fields["www-authenticate"].startswith('Bearer realm="trigate", error="invalid_token"')
            assert bad.encode() not in body
        record = running.record(key="jwt:ada")
        assert (record["user"], record["team"]) == ("ada", "ops")
        assert b"authorization" not in upstream.talks[0].received.lower()


async def test_a_certificate_of_the_connection_names_its_caller(
    gateway: Callable[[str], Gateway], tmp_path: Path
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    shown = f"certificates: [{{ certificate_file: {tmp_path}/server.pem, key_file: {tmp_path}/server.pem }}]"
    tls = f"{shown}, client_ca_file: {tmp_path}/ca.pem, client_certificates: optional"
    inbound = f"inbound: {{ listen: [{{ address: '127.0.0.1:<port>', tls: {{ {tls} }} }}] }}\n"
    callers = "{ kind: client_certificate, callers: [{ dns: 'bot.*', agent: '{dns}', team: ops }] }"
    async with Chaos([answer()], repeat=True) as upstream:
        running = gateway(inbound + policy(callers) + ROUTE.format(upstream=upstream.url))
        for name, expected in [("bot.example", 200), ("other.example", 401), ("", 401)]:
            context = ssl.create_default_context()
            authority.configure_trust(context)
            if name:
                authority.issue_cert(name).configure_cert(context)
            async with await Caller.connect(running.port, context, "localhost") as caller:
                caller.send(head("GET", "/a", key=""))
                assert (await caller.answer()).status == expected
        assert running.record(key="certificate:bot.example")["agent"] == "bot.example"


def signed(path: str, body: bytes, nonce: str) -> dict[str, str]:
    """The fields of a signed POST."""
    digest = base64.b64encode(sha256(body).digest()).decode()
    covered = '("@method" "@path" "@query" "content-digest")'
    parameters = f'{covered};created={int(time.time())};keyid="robot";nonce="{nonce}"'
    base = "\n".join(
        [
            '"@method": POST',
            f'"@path": {path}',
            '"@query": ?',
            f'"content-digest": sha-256=:{digest}:',
            f'"@signature-params": {parameters}',
        ]
    )
    signature = base64.b64encode(hmac.digest(SECRET.encode(), base.encode(), "sha256")).decode()
    return {
        "content-digest": f"sha-256=:{digest}:",
        "signature-input": f"sig1={parameters}",
        "signature": f"sig1=:{signature}:",
    }


async def test_a_signed_request_is_good_once_and_only_with_its_body(gateway: Callable[[str], Gateway]) -> None:
    required = "required: ['@method', '@path', '@query']"
    keys = f"keys: {{ robot: {{ algorithm: hmac-sha256, secret: '{SECRET}', agent: robot }} }}"
    text = policy(f"{{ kind: signature, {required}, {keys} }}")
    async with Chaos([answer(b"first"), answer(b"second")]) as upstream:
        running = gateway(text + ROUTE.format(upstream=upstream.url))

        once = signed("/a", b"hello", "n1")
        assert await status(running, "POST", "/a", b"hello", **once) == 200
        assert await status(running, "POST", "/a", b"hello", **once) == 401
        assert await status(running, "POST", "/a", b"hullo", **signed("/a", b"hello", "n2")) == 401
        assert await status(running, "POST", "/a", b"hello", **signed("/b", b"hello", "n3")) == 401
        (talk,) = upstream.talks
        assert talk.received.count(b"POST /a") == 1
        assert b"hullo" not in talk.received


async def test_a_key_of_the_gateway_that_is_not_good_reaches_no_upstream(gateway: Callable[[str], Gateway]) -> None:
    old = "old: { secret: key-that-has-expired-0, expires: '2020-01-01T00:00:00Z' }"
    text = policy("{ kind: api_key, query: key }", "{ kind: anonymous }", keys=old)
    async with Chaos([answer()], repeat=True) as upstream:
        running = gateway(text + ROUTE.format(upstream=upstream.url))
        made = await asyncio.to_thread(command, running, "keys", "create", "robot")
        revoked, unknown = str(made[0]["secret"]), "tg_" + "x" * 40
        await asyncio.to_thread(command, running, "keys", "revoke", "robot")
        for secret in (unknown, "key-that-has-expired-0", "tg_cut-off"):
            assert await status(running, "GET", "/a", key=secret) == 401
            assert await status(running, "GET", f"/a?key={secret}") == 401
        assert upstream.talks == []
        await eventually_refused(running, revoked)
        assert await status(running, "GET", "/a", key="sk-of-the-service-itself") == 200
        received = b"".join(talk.received for talk in upstream.talks)
        assert received.count(b"GET /a") == 1
        assert b"sk-of-the-service-itself" in received


async def eventually_refused(running: Gateway, secret: str) -> None:
    """The key, which is good for as long as the revocation needs to come about, is refused in the end."""
    async with asyncio.timeout(PATIENCE):
        while await status(running, "GET", "/nowhere", key=secret) != 401:
            await asyncio.sleep(0.01)
    assert await status(running, "GET", "/a", key=secret) == 401


async def test_strangers_cannot_tell_what_there_is_from_what_there_is_not(gateway: Callable[[str], Gateway]) -> None:
    async with Chaos([answer()], repeat=True) as upstream:
        running = gateway(
            f"api: {{ routes: {{ one: {{ match: {{ path: /there }}, targets: ['{upstream.url}'] }} }} }}\n"
        )
        for method, path in [("GET", "/there"), ("GET", "/nowhere"), ("GET", "/v1/models"), ("POST", "/mcp")]:
            for key in ("", "unknown-key-0123456789"):
                assert await status(running, method, path, key=key) == 401
        assert await status(running, "GET", "/nowhere", key=running.key) == 404
        assert upstream.talks == []
