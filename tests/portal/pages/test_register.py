"""Registration of clients."""

from pathlib import Path

import pytest

from tests.portal.house import house, read
from tests.portal.house_client import register
from trigate.portal.authorization_settings import AuthorizationSettings
from trigate.portal.pages.register import MOST_PER_MINUTE

SERVER = AuthorizationSettings()


async def test_a_client_registers(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        told = await register(built)
        assert told["status"] == 201
        assert told["client_id"].startswith("client-")


@pytest.mark.parametrize(
    ("body", "media", "error"),
    [
        ("{}", "application/json", "invalid_redirect_uri"),
        ('{"redirect_uris": ["javascript:x"]}', "application/json", "invalid_redirect_uri"),
        ("[]", "application/json", "invalid_client_metadata"),
        ('{"a": 1, "a": 2}', "application/json", "invalid_client_metadata"),
        ("{}", "text/plain", "invalid_client_metadata"),
    ],
)
async def test_what_describes_nobody_is_refused(tmp_path: Path, body: str, media: str, error: str):
    async with house(tmp_path, authorization_server=SERVER) as built:
        answer = await built.visit("POST", "/oauth/register", body, content_type=media)
        assert (answer.status, read(answer)["error"]) == (400, error)


async def test_one_address_registers_a_few_only(tmp_path: Path):
    async with house(tmp_path, authorization_server=SERVER) as built:
        for _ in range(MOST_PER_MINUTE):
            await register(built)
        answer = await built.visit("POST", "/oauth/register", "{}", content_type="application/json")
        assert answer.status == 429
        assert (await built.visit("OPTIONS", "/oauth/register")).status == 204
