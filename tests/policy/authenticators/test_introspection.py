"""Opaque tokens, and the server that says what they are worth."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

import pytest
import pytest_asyncio

from tests.patience import PATIENCE
from tests.policy.authenticators.test_api_key import exchange
from tests.policy.issuer import Ground, Service
from trigate.core.clock import clock
from trigate.core.errors import IdentityUnavailable, Unauthenticated
from trigate.core.principal import Principal
from trigate.core.settings import Duration, Secret
from trigate.policy.authenticator import Circumstances, Identify
from trigate.policy.authenticators.introspection import Introspection
from trigate.policy.directory import Directory


class Server(Service):
    """Knows a few tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens: dict[str, Any] = {"good": {"active": True, "sub": "ada", "scope": "llm"}}

    def answer(self, line: str, fields: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        token = parse_qs(body.decode())["token"][0]
        found = self.tokens.get(token, {"active": False})
        if isinstance(found, int):
            return found, {}, b"{}"
        return (
            200,
            {"content-type": "application/json"},
            found if isinstance(found, bytes) else json.dumps(found).encode(),
        )


@pytest_asyncio.fixture
async def ground() -> AsyncIterator[Ground]:
    async with Ground() as made:
        yield made


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    async with Server() as made:
        yield made


def opened(server: Server, ground: Ground, **settings: Any) -> Identify:
    made = {"url": f"{server.url}/introspect", "client_id": "gate way", "client_secret": Secret("s:cret"), **settings}
    made.setdefault("timeout", Duration(30))
    return Introspection(**made).open(Circumstances(Directory({}), ground.client, ground.surroundings))


async def outcome(identify: Identify, token: str) -> Principal:
    found = identify(exchange(authorization=f"Bearer {token}"))
    assert found is not None
    principal = found if isinstance(found, Principal) else await asyncio.wait_for(found, PATIENCE)
    assert principal is not None
    return principal


async def test_an_active_token_names_its_caller_and_is_asked_about_once(server: Server, ground: Ground) -> None:
    identify = opened(server, ground)
    found = await asyncio.gather(*(outcome(identify, "good") for _ in range(5)))
    assert {(each.key, each.user) for each in found} == {("token:ada", "ada")}
    assert identify(exchange(authorization="Bearer good")) is found[0]
    ((line, fields, body),) = server.asked
    assert line == "POST /introspect HTTP/1.1"
    assert base64.b64decode(fields["authorization"].removeprefix("Basic ")) == b"gate+way:s%3Acret"
    assert parse_qs(body.decode()) == {"token": ["good"], "token_type_hint": ["access_token"]}
    assert found[0].expires <= clock.wall_ns() / 1e9 + 60


async def test_the_client_may_prove_itself_in_the_body(server: Server, ground: Ground) -> None:
    await outcome(opened(server, ground, client_authentication="post"), "good")
    ((_, fields, body),) = server.asked
    assert "authorization" not in fields
    assert parse_qs(body.decode())["client_secret"] == ["s:cret"]


async def test_a_token_that_is_not_active_is_refused_and_not_asked_about_again_at_once(
    server: Server, ground: Ground
) -> None:
    identify = opened(server, ground)
    for _ in range(3):
        with pytest.raises(Unauthenticated) as refused:
            await outcome(identify, "unknown")
        assert b"invalid_token" in refused.value.headers[0][1]
    assert len(server.asked) == 1


async def test_a_look_alike_with_the_same_beginning_is_another_token(server: Server, ground: Ground) -> None:
    server.tokens["x" * 100 + "1"] = {"active": True, "sub": "ada"}
    identify = opened(server, ground)
    await outcome(identify, "x" * 100 + "1")
    for other in ("x" * 100 + "2", "x" * 100, "x" * 100 + "11"):
        with pytest.raises(Unauthenticated):
            await outcome(identify, other)
    assert len(server.asked) == 4


async def test_what_is_remembered_ends_with_the_token(
    server: Server, ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.wall_ns()
    server.tokens["short"] = {"active": True, "sub": "ada", "exp": now / 1e9 + 10}
    identify = opened(server, ground)
    found = await outcome(identify, "short")
    assert found.expires == now / 1e9 + 10
    server.tokens["short"] = {"active": False}
    monkeypatch.setattr(clock, "wall_ns", lambda: now + 11 * 10**9)
    with pytest.raises(Unauthenticated):
        await outcome(identify, "short")


@pytest.mark.parametrize(
    "described",
    [
        {"active": True, "sub": "ada", "aud": "other"},
        {"active": True, "sub": "ada"},
        {"active": True, "sub": "ada", "aud": "here", "iss": "other"},
        {"active": True, "sub": "ada", "aud": "here", "iss": "i", "exp": 1},
        {"active": True, "sub": "ada", "aud": "here", "iss": "i", "exp": "soon"},
        {"active": True, "sub": "ada", "aud": "here", "iss": "i", "nbf": 10**11},
        {"active": True, "aud": "here", "iss": "i"},
    ],
)
async def test_an_active_token_that_is_not_for_here_is_refused(
    server: Server, ground: Ground, described: dict[str, Any]
) -> None:
    server.tokens["t"] = described
    with pytest.raises(Unauthenticated):
        await outcome(opened(server, ground, audience=("here",), issuer="i"), "t")


@pytest.mark.parametrize(
    "answer", [500, 401, 302, b"", b"[]", b'{"active": "true"}', b"{}", b'{"active": true, "active": false}']
)
async def test_an_answer_that_is_none_is_nobody_s_fault_but_the_server_s(
    server: Server, ground: Ground, answer: object
) -> None:
    server.tokens["t"] = answer
    identify = opened(server, ground)
    for _ in range(2):
        with pytest.raises(IdentityUnavailable):
            await outcome(identify, "t")
    assert len(server.asked) == 2


async def test_a_server_that_hangs_is_waited_for_only_so_long(server: Server, ground: Ground) -> None:
    server.slow = asyncio.Event()
    with pytest.raises(IdentityUnavailable):
        await outcome(opened(server, ground, timeout=Duration(0.1)), "good")


async def test_other_credentials_are_not_shown_to_the_server(server: Server, ground: Ground) -> None:
    identify = opened(server, ground, prefix="at_")
    assert identify(exchange(authorization="Bearer tg_key")) is None
    assert identify(exchange(authorization="Basic YTpi")) is None
    assert identify(exchange()) is None
    with pytest.raises(Unauthenticated, match="large"):
        identify(exchange(authorization="Bearer at_" + "x" * 20_000))
    assert server.asked == []


async def test_made_up_tokens_never_push_out_good_ones(server: Server, ground: Ground) -> None:
    identify = opened(server, ground, remembered=2)
    await outcome(identify, "good")
    for number in range(5):
        with pytest.raises(Unauthenticated):
            await outcome(identify, f"bad{number}")
    assert isinstance(identify(exchange(authorization="Bearer good")), Principal)
