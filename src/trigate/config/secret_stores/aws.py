"""`${aws:SECRET_ID#FIELD}`: AWS Secrets Manager.

The gateway's own keys come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, the region from
AWS_REGION or AWS_DEFAULT_REGION, or from the secret's ARN; AWS_ENDPOINT_URL_SECRETS_MANAGER leads elsewhere.
"""

from base64 import b64decode
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from trigate.config.lookup import fetch, pick, required, split_field
from trigate.core.settings import Secret
from trigate.outbound.credential import Outgoing
from trigate.outbound.credentials.sigv4 import Signer, SigV4


class _Value(Struct, rename="pascal"):
    secret_string: str | None = None
    secret_binary: str | None = None


def read(reference: str, variables: Mapping[str, str]) -> str:
    """The secret, or one field of a secret that is a JSON object."""
    name, field = split_field(reference)
    region = _region(name, variables)
    default = f"https://secretsmanager.{region}.amazonaws.com"
    url = variables.get("AWS_ENDPOINT_URL_SECRETS_MANAGER") or variables.get("AWS_ENDPOINT_URL") or default
    body = msgspec.json.encode({"SecretId": name})
    request = Outgoing(b"POST", b"/", urlsplit(url).netloc.encode(), body)
    lines = _signer(region, variables).lines(request).decode().splitlines()
    fields = dict(line.split(": ", 1) for line in lines)
    fields |= {"content-type": "application/x-amz-json-1.1", "x-amz-target": "secretsmanager.GetSecretValue"}
    reply = fetch("POST", url.rstrip("/") + "/", fields, body)
    if reply.status != 200:
        raise ValueError(f"Secrets Manager answered {reply.status} for {name!r}")
    value = reply.read(_Value)
    if value.secret_string is not None:
        return pick(value.secret_string, field)
    return pick(b64decode(value.secret_binary or "").decode(), field)


def _region(name: str, variables: Mapping[str, str]) -> str:
    if name.startswith("arn:"):
        return name.split(":")[3]
    return variables.get("AWS_REGION") or required(variables, "AWS_DEFAULT_REGION")


def _signer(region: str, variables: Mapping[str, str]) -> Signer:
    token = variables.get("AWS_SESSION_TOKEN", "")
    settings = SigV4(
        access_key_id=required(variables, "AWS_ACCESS_KEY_ID"),
        secret_access_key=Secret(required(variables, "AWS_SECRET_ACCESS_KEY")),
        session_token=Secret(token) if token else None,
        region=region,
        service="secretsmanager",
    )
    return Signer(settings)
