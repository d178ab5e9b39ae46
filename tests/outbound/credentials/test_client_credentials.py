"""Tokens in the gateway's own name."""

import asyncio
from base64 import b64encode
from typing import Any

import pytest

from tests.outbound.chaos import surroundings_of
from tests.outbound.issuer import Issuer, make_client
from tests.outbound.oauth.test_assertion import KEYS, part, pem
from trigate.core.errors import CredentialFailed, UpstreamFailed
from trigate.core.settings import Secret
from trigate.outbound.access_token import AccessTokens
from trigate.outbound.credential import Outgoing
from trigate.outbound.credentials.client_credentials import ClientCredentials

SECRET = "canary/secret=4711"
REQUEST = Outgoing(b"GET", b"/", b"h", b"")


def opened(issuer: Issuer, **settings: Any) -> AccessTokens:
    kind = ClientCredentials(
        token_url=f"{issuer.url}/token", client_id="gate way", client_secret=Secret(SECRET), **settings
    )
    client = make_client()
    around = surroundings_of(asyncio.get_running_loop())
    return kind.open(client, client.endpoint("http://127.0.0.1:1"), around)


async def lines(tokens: AccessTokens) -> bytes:
    found = tokens.lines(REQUEST)
    return found if isinstance(found, bytes) else await found


async def test_a_token_is_asked_for_once_and_used_for_all() -> None:
    async with Issuer((200, {"access_token": "t1", "expires_in": 3600})) as issuer:
        tokens = opened(issuer, scope=("a", "b"), audience="x")
        issuer.may_answer.clear()
        waiting = [asyncio.ensure_future(lines(tokens)) for _ in range(100)]
        await asyncio.sleep(0)
        issuer.may_answer.set()
        assert set(await asyncio.gather(*waiting)) == {b"authorization: Bearer t1\r\n"}
        assert await lines(tokens) == b"authorization: Bearer t1\r\n"
        assert issuer.asked == [{"grant_type": "client_credentials", "scope": "a b", "audience": "x"}]
        wanted = b64encode(b"gate+way:canary%2Fsecret%3D4711").decode()
        assert f"authorization: Basic {wanted}" in issuer.heads[0]


async def test_the_secret_may_go_in_the_form() -> None:
    async with Issuer((200, {"access_token": "t1"})) as issuer:
        await lines(opened(issuer, method="client_secret_post"))
        assert issuer.asked[0]["client_secret"] == SECRET
        assert "authorization" not in issuer.heads[0]


async def test_a_rejected_token_is_exchanged_for_another() -> None:
    answers = [(200, {"access_token": name, "expires_in": 3600}) for name in ("t1", "t2")]
    async with Issuer(*answers) as issuer:
        tokens = opened(issuer)
        first = await lines(tokens)
        assert tokens.rejected(first)
        assert await lines(tokens) == b"authorization: Bearer t2\r\n"
        tokens.rejected(first)  # by a call that was slower: the new one stays
        assert await lines(tokens) == b"authorization: Bearer t2\r\n"
        assert len(issuer.asked) == 2


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        ((400, {"error": "invalid_client", "error_description": f"bad {SECRET}"}), CredentialFailed, "invalid_client"),
        ((401, "x"), CredentialFailed, "without a reason"),
        ((503, {}), UpstreamFailed, "503"),
        ((200, {"token": "x"}), UpstreamFailed, "no token"),
        ((200, {"access_token": "a\r\nb: c"}), CredentialFailed, "header field"),
    ],
)
async def test_a_server_that_gives_no_token_is_told_without_secrets(
    answer: tuple[int, Any], error: type[Exception], said: str
) -> None:
    async with Issuer(answer) as issuer:
        with pytest.raises(error, match=said) as raised:
            await lines(opened(issuer))
        assert SECRET not in str(raised.value)


async def test_a_key_signs_who_the_gateway_is_anew_each_time() -> None:
    answers = [(200, {"access_token": name, "expires_in": 3600}) for name in ("t1", "t2")]
    async with Issuer(*answers) as issuer:
        key = Secret(pem(KEYS["ES256"]))
        kind = ClientCredentials(token_url=f"{issuer.url}/token", client_id="me", private_key=key, issuer="https://as")
        client = make_client()
        tokens = kind.open(client, client.endpoint("http://127.0.0.1:1"), surroundings_of(asyncio.get_running_loop()))
        first = await lines(tokens)
        assert tokens.rejected(first)
        await lines(tokens)
        one, other = (each["client_assertion"] for each in issuer.asked)
        assert one != other
        assert part(one.split(".")[1])["aud"] == "https://as"
        assert "client_secret" not in issuer.asked[0]


def test_a_secret_or_a_key_is_needed() -> None:
    with pytest.raises(ValueError, match="either"):
        ClientCredentials(token_url="http://127.0.0.1/token", client_id="me")
