"""`${aws:…}`."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from tests.config.secret_stores.fake import serving
from trigate.config.secret_stores.aws import read

KEYS = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret-canary", "AWS_REGION": "eu-central-1"}
SECRETS = {
    "plain": {"SecretString": "k"},
    "object": {"SecretString": '{"api_key":"k2","number":3}'},
    "binary": {"SecretBinary": b64encode(b"k3").decode()},
}


def store(method: str, target: str, fields: Mapping[str, str], body: bytes) -> tuple[int, Any]:
    signed = fields.get("authorization", "").startswith("AWS4-HMAC-SHA256 Credential=AKID/")
    if not signed or fields["x-amz-target"] != "secretsmanager.GetSecretValue":
        return 400, {"__type": "AccessDeniedException"}
    found = SECRETS.get(msgspec.json.decode(body)["SecretId"])
    return (200, found) if found else (400, {"__type": "ResourceNotFoundException"})


@pytest.mark.parametrize(
    ("reference", "found"), [("plain", "k"), ("object#api_key", "k2"), ("object#number", "3"), ("binary", "k3")]
)
def test_a_secret_is_read(reference: str, found: str) -> None:
    with serving(store) as url:
        assert read(reference, KEYS | {"AWS_ENDPOINT_URL_SECRETS_MANAGER": url}) == found


@pytest.mark.parametrize(
    ("reference", "message"),
    [("none", "400 for 'none'"), ("object#x", "no field 'x'"), ("plain#x", "not a JSON object"), ("", "no secret")],
)
def test_what_cannot_be_read_is_told_without_secrets(reference: str, message: str) -> None:
    with serving(store) as url, pytest.raises(ValueError, match=message) as refused:
        read(reference, KEYS | {"AWS_ENDPOINT_URL": url})
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("missing", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_a_missing_variable_is_named(missing: str) -> None:
    with pytest.raises(ValueError, match=missing):
        read("plain", {name: value for name, value in KEYS.items() if name != missing})
