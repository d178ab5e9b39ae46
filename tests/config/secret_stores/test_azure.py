"""`${azure:…}`."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.config.secret_stores.fake import serving
from trigate.config.secret_stores.azure import read

IDENTITY = {"AZURE_TENANT_ID": "tenant", "AZURE_CLIENT_ID": "client", "AZURE_CLIENT_SECRET": "secret-canary"}


def store(method: str, target: str, fields: Mapping[str, str], body: bytes) -> tuple[int, Any]:
    if target == "/tenant/oauth2/v2.0/token":
        good = parse_qs(body.decode()).get("client_secret") == ["secret-canary"]
        return (200, {"access_token": "t"}) if good else (401, {})
    if fields.get("authorization") != "Bearer t":
        return 401, {}
    known = {"/secrets/openai?api-version=7.4": "k", "/secrets/object?api-version=7.4": '{"a":"b"}'}
    return (200, {"value": known[target]}) if target in known else (404, {})


@pytest.mark.parametrize(("reference", "found"), [("openai", "k"), ("object#a", "b")])
def test_a_secret_is_read(reference: str, found: str) -> None:
    with serving(store) as url:
        assert read(f"{url}/{reference}", IDENTITY | {"AZURE_AUTHORITY_HOST": url}) == found


def test_what_cannot_be_read_is_told_without_secrets() -> None:
    with serving(store) as url:
        given = IDENTITY | {"AZURE_AUTHORITY_HOST": url}
        with pytest.raises(ValueError, match="404"):
            read(f"{url}/none", given)
        with pytest.raises(ValueError, match="401 to the gateway's login") as refused:
            read(f"{url}/openai", given | {"AZURE_CLIENT_SECRET": "other-canary"})
        assert "canary" not in str(refused.value)
    with pytest.raises(ValueError, match="names no vault"):
        read("openai", IDENTITY)
    with pytest.raises(ValueError, match="AZURE_TENANT_ID"):
        read("v/openai", {})
