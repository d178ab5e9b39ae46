"""`${gcp:projects/P/secrets/S#FIELD}`: Google Secret Manager, the latest version unless the path names one.

The gateway's own identity is the key file that GOOGLE_APPLICATION_CREDENTIALS names, or that of the machine it runs on
(its metadata server, at GCE_METADATA_HOST if that is set).
"""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct

from trigate.config.lookup import fetch, pick, split_field
from trigate.core.settings import Secret
from trigate.outbound.credentials.google_service_account import GRANT, GoogleServiceAccount, KeyFile

API = "https://secretmanager.googleapis.com"
METADATA = "metadata.google.internal"
_IDENTITY = "/computeMetadata/v1/instance/service-accounts/default/token"


class _Token(Struct):
    access_token: str


class _Payload(Struct):
    data: str


class _Version(Struct):
    payload: _Payload


def read(reference: str, variables: Mapping[str, str]) -> str:
    """The secret, or one field of a secret that is a JSON object."""
    name, field = split_field(reference)
    if "/versions/" not in name:
        name += "/versions/latest"
    api = variables.get("CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER", "").rstrip("/") or API
    reply = fetch("GET", f"{api}/v1/{quote(name)}:access", {"authorization": f"Bearer {_token(variables)}"})
    if reply.status != 200:
        raise ValueError(f"Secret Manager answered {reply.status} for {name!r}")
    payload = reply.read(_Version).payload
    try:
        return pick(b64decode(payload.data).decode(), field)
    except (binascii.Error, UnicodeDecodeError):
        raise ValueError(f"the secret {name!r} is not a text") from None


def _token(variables: Mapping[str, str]) -> str:
    path = variables.get("GOOGLE_APPLICATION_CREDENTIALS", "")
    if path:
        return _token_of(Path(path))
    host = variables.get("GCE_METADATA_HOST", METADATA)
    reply = fetch("GET", f"http://{host}{_IDENTITY}", {"metadata-flavor": "Google"})
    if reply.status != 200:
        raise ValueError("this machine has no identity at Google; set GOOGLE_APPLICATION_CREDENTIALS")
    return reply.read(_Token).access_token


def _token_of(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    account = GoogleServiceAccount(key=Secret(text))
    file = msgspec.json.decode(text, type=KeyFile)
    form = urlencode({"grant_type": GRANT, "assertion": account.assertion(file)}).encode()
    reply = fetch("POST", file.token_uri, {"content-type": "application/x-www-form-urlencoded"}, form)
    if reply.status != 200:
        raise ValueError(f"Google answered {reply.status} to the gateway's login")
    return reply.read(_Token).access_token
