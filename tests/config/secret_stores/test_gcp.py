"""`${gcp:…}`."""

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.config.secret_stores.fake import serving
from trigate.config.secret_stores.gcp import read

KEY = generate_private_key(65537, 2048)
SECRET = "projects/p/secrets/openai"


def store(method: str, target: str, fields: Mapping[str, str], body: bytes) -> tuple[int, Any]:
    if target.startswith("/computeMetadata"):
        return (200, {"access_token": "t"}) if fields.get("metadata-flavor") == "Google" else (403, {})
    if target == "/token":
        assertion = parse_qs(body.decode())["assertion"][0]
        jwt.decode(assertion, KEY.public_key(), ["RS256"], options={"verify_aud": False})
        return 200, {"access_token": "t"}
    if fields.get("authorization") != "Bearer t":
        return 401, {}
    known = {f"/v1/{SECRET}/versions/latest:access": "k", f"/v1/{SECRET}/versions/2:access": '{"a":"old"}'}
    if target not in known:
        return 404, {}
    return 200, {"payload": {"data": b64encode(known[target].encode()).decode()}}


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    pem = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    path = tmp_path / "key.json"
    path.write_bytes(msgspec.json.encode({"client_email": "a@b", "private_key": pem, "token_uri": "URL/token"}))
    return {"GOOGLE_APPLICATION_CREDENTIALS": str(path)}


def at(url: str, variables: dict[str, str]) -> dict[str, str]:
    path = Path(variables["GOOGLE_APPLICATION_CREDENTIALS"])
    path.write_text(path.read_text().replace("URL", url))
    return variables | {"CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER": url}


@pytest.mark.parametrize(("reference", "found"), [(SECRET, "k"), (f"{SECRET}/versions/2#a", "old")])
def test_a_secret_is_read_by_a_key_file(variables: dict[str, str], reference: str, found: str) -> None:
    with serving(store) as url:
        assert read(reference, at(url, variables)) == found


def test_a_secret_is_read_by_the_machines_own_identity() -> None:
    with serving(store) as url:
        host = urlsplit(url).netloc
        given = {"CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER": url, "GCE_METADATA_HOST": host}
        assert read(SECRET, given) == "k"


def test_what_cannot_be_read_is_told(variables: dict[str, str]) -> None:
    with serving(store) as url, pytest.raises(ValueError, match="404"):
        read("projects/p/secrets/none", at(url, variables))
    with pytest.raises(ValueError, match="cannot be read"):
        read(SECRET, {"GOOGLE_APPLICATION_CREDENTIALS": "/nowhere/key.json"})
