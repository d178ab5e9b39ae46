"""A Google service account."""

import asyncio

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.outbound.chaos import surroundings_of
from tests.outbound.credentials.test_client_credentials import lines
from tests.outbound.issuer import Issuer, make_client
from trigate.core.settings import Secret
from trigate.outbound.credentials.google_service_account import GRANT, GoogleServiceAccount


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def key_file(key: RSAPrivateKey, url: str = "https://token.example") -> Secret:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    content = {"client_email": "gate@project", "private_key": pem, "private_key_id": "k1", "token_uri": url}
    return Secret(msgspec.json.encode({"type": "service_account", **content}).decode())


async def test_a_signed_statement_is_exchanged_for_a_token(key: RSAPrivateKey) -> None:
    async with Issuer((200, {"access_token": "g1", "expires_in": 3599})) as issuer:
        kind = GoogleServiceAccount(key=key_file(key, f"{issuer.url}/token"), subject="ada@example.org")
        client, around = make_client(), surroundings_of(asyncio.get_running_loop())
        tokens = kind.open(client, client.endpoint("http://127.0.0.1:1"), around)
        assert await lines(tokens) == b"authorization: Bearer g1\r\n"
        asked = issuer.asked[0]
        assert asked["grant_type"] == GRANT
        claims = jwt.decode(asked["assertion"], key.public_key(), ["RS256"], audience=f"{issuer.url}/token")
        assert (claims["iss"], claims["sub"]) == ("gate@project", "ada@example.org")
        assert claims["exp"] - claims["iat"] == 3600
        assert jwt.get_unverified_header(asked["assertion"])["kid"] == "k1"


@pytest.mark.parametrize("content", ["", "{}", "x", '{"client_email":"a","private_key":"no key"}'])
def test_a_key_file_that_cannot_be_used_is_refused_without_being_quoted(content: str) -> None:
    with pytest.raises(ValueError, match="key file") as refused:
        GoogleServiceAccount(key=Secret(content))
    assert "no key" not in str(refused.value)
