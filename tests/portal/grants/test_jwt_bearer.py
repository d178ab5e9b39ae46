"""The word of an identity provider in place of a login (ID-JAG)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import jwt
import pytest

from tests.policy.issuer import Issuer, SigningKey
from tests.portal.house import URL, House, house, read
from trigate.core.settings import Secret
from trigate.portal.authorization_settings import AuthorizationSettings, ClientSettings, TrustSettings

SECRET = "a-long-secret-of-a-client"
KEY, OTHER = SigningKey("k"), SigningKey("k")
TYPED = {"typ": "oauth-id-jag+jwt"}
Admit = Literal["known", "anyone"]


@asynccontextmanager
async def trusting(folder: Path, admit: Admit = "known") -> AsyncIterator[tuple[House, Issuer]]:
    clients = {
        "agent": ClientSettings(grants=("jwt_bearer",), secret=Secret(SECRET)),
        "other": ClientSettings(grants=("client_credentials",), secret=Secret(SECRET)),
    }
    async with Issuer(KEY) as idp:
        trust = (TrustSettings(issuer=idp.url, admit=admit),)
        server = AuthorizationSettings(clients=clients, trust=trust)
        async with house(folder, authorization_server=server) as built:
            await built.add_user()
            yield built, idp


async def show(built: House, idp: Issuer, *, client: str = "agent", key: SigningKey = KEY, **claims: Any) -> Any:
    header = claims.pop("header", TYPED)
    form = claims.pop("form", {})
    good = {"iss": idp.url, "aud": URL, "client_id": "agent", "jti": "one", "resource": f"{URL}/mcp"}
    assertion = key.token(header, **{**good, **claims})
    fields = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
    return read(await built.post("/oauth/token", fields | {"client_id": client, "client_secret": SECRET} | form))


async def test_a_user_of_the_provider_uses_the_client_without_logging_in(tmp_path: Path):
    async with trusting(tmp_path) as (built, idp):
        told = await show(built, idp, scope="mcp:tools openid")
        assert "refresh_token" not in told
        claims = jwt.decode(told["access_token"], options={"verify_signature": False})
        assert (claims["user"], claims["client_id"], claims["aud"]) == ("ada", "agent", f"{URL}/mcp")
        assert (claims["scope"], claims["known"]) == ("mcp:tools", True)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"key": OTHER}, "invalid_grant"),
    ({"header": {"typ": "JWT"}}, "invalid_grant"),
    ({"header": {}}, "invalid_grant"),
    ({"iss": "https://other.example"}, "invalid_grant"),
    ({"aud": "https://other.example"}, "invalid_grant"),
    ({"aud": [URL, "https://other.example"]}, "invalid_grant"),
    ({"aud": f"{URL}/oauth/token"}, "invalid_grant"),
    ({"client_id": "other"}, "invalid_grant"),
    ({"client_id": None}, "invalid_grant"),
    ({"exp": 1}, "invalid_grant"),
    ({"exp": None}, "invalid_grant"),
    ({"jti": None}, "invalid_grant"),
    ({"sub": "eve"}, "invalid_grant"),
    ({"sub": None}, "invalid_grant"),
    ({"resource": "https://other.example/mcp"}, "invalid_target"),
    ({"form": {"resource": f"{URL}/mcp/engineering"}}, "invalid_target"),
    ({"client": "other"}, "unauthorized_client"),
]


@pytest.mark.parametrize(("wrong", "error"), WRONG, ids=lambda each: str(each)[:40])
async def test_an_assertion_that_is_not_quite_right_is_worth_nothing(tmp_path: Path, wrong: dict[str, Any], error: str):
    async with trusting(tmp_path) as (built, idp):
        assert (await show(built, idp, **wrong))["error"] == error


async def test_an_assertion_is_good_once(tmp_path: Path):
    async with trusting(tmp_path) as (built, idp):
        assert "access_token" in await show(built, idp)
        assert "error" in await show(built, idp)


async def test_a_provider_may_vouch_for_people_of_its_own(tmp_path: Path):
    async with trusting(tmp_path, "anyone") as (built, idp):
        claims = jwt.decode((await show(built, idp, sub="eve"))["access_token"], options={"verify_signature": False})
        assert claims["user"] == "eve"
        assert "known" not in claims


async def test_a_provider_that_does_not_answer_is_no_proof(tmp_path: Path):
    async with trusting(tmp_path) as (built, idp):
        idp.down = True
        assert (await show(built, idp))["error"] == "temporarily_unavailable"
