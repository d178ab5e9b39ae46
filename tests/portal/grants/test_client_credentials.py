"""Clients in their own name."""

from pathlib import Path
from typing import Any

import jwt
import pytest

from tests.portal.house import URL, House, house, read
from trigate.core.settings import Secret
from trigate.portal.authorization_settings import AuthorizationSettings, ClientSettings

SECRET = "a-long-secret-of-a-client"
BATCH = ClientSettings(
    grants=("client_credentials",), secret=Secret(SECRET), endpoints=("mcp/eng*",), scopes=("mcp:tools:git",)
)
PERSONAL = ClientSettings(redirect_uris=("https://client.example/cb",), secret=Secret(SECRET))
SERVER = AuthorizationSettings(clients={"batch": BATCH, "personal": PERSONAL})
ENGINEERING = f"{URL}/mcp/engineering"


async def ask(built: House, client: str = "batch", **form: str) -> Any:
    fields = {"grant_type": "client_credentials", "resource": ENGINEERING, "client_id": client, "client_secret": SECRET}
    return read(await built.post("/oauth/token", fields | form))


async def test_a_client_gets_a_token_for_itself_and_none_to_renew_it(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        told = await ask(built)
        assert "refresh_token" not in told
        claims = jwt.decode(told["access_token"], options={"verify_signature": False})
        assert (claims["sub"], claims["client_id"], claims["aud"]) == ("batch", "batch", ENGINEERING)
        assert claims["scope"] == "mcp:tools:git"
        assert "user" not in claims


@pytest.mark.parametrize(
    ("client", "form", "error"),
    [
        ("personal", {}, "unauthorized_client"),
        ("batch", {"resource": f"{URL}/mcp"}, "invalid_target"),
        ("batch", {"scope": "mcp:prompts"}, "invalid_scope"),
        ("batch", {"client_secret": "guess"}, "invalid_client"),
    ],
)
async def test_no_more_than_the_file_says(tmp_path: Path, client: str, form: dict[str, str], error: str):
    async with house(tmp_path, authorization_server=SERVER) as built:
        assert (await ask(built, client, **form))["error"] == error
