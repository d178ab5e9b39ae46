"""`${vault:PATH#FIELD}`: HashiCorp Vault and OpenBao, key-value engines of both versions.

Its address and the gateway's own login come from the variables that Vault's tools use: VAULT_ADDR, VAULT_NAMESPACE,
VAULT_CACERT, and VAULT_TOKEN, or VAULT_ROLE_ID with VAULT_SECRET_ID (AppRole), or VAULT_K8S_ROLE (Kubernetes).
"""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import msgspec
from msgspec import Struct

from trigate.config.lookup import Reply, fetch, required, split_field

KUBERNETES_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105 - a path


class _Data(Struct):
    data: dict[str, msgspec.Raw] = {}
    metadata: msgspec.Raw = msgspec.Raw()


class _Secret(Struct):
    data: msgspec.Raw = msgspec.Raw(b"{}")


class _Login(Struct):
    client_token: str


class _LoggedIn(Struct):
    auth: _Login


def read(reference: str, variables: Mapping[str, str]) -> str:
    """The field of a secret; of a secret with one field, that one. The path may leave out the `data/` of version 2."""
    path, field = split_field(reference.lstrip("/"))
    reply = _get(path, variables)
    if reply.status == 404 and "/" in path:
        mount, _, rest = path.partition("/")
        reply = _get(f"{mount}/data/{rest}", variables)
    if reply.status != 200:
        raise ValueError(f"the vault answered {reply.status} for {path!r}")
    members = _members(reply)
    if not field and len(members) == 1:
        field = next(iter(members))
    if field not in members:
        raise ValueError(f"the secret {path!r} has no field {field!r}" if field else f"name a field: {path}#FIELD")
    value = msgspec.json.decode(members[field])
    return value if isinstance(value, str) else bytes(members[field]).decode()


def _get(path: str, variables: Mapping[str, str]) -> Reply:
    fields = _fields(variables) | {"x-vault-token": _token(variables)}
    return _ask("GET", quote(path.strip("/")), variables, fields)


def _members(reply: Reply) -> dict[str, msgspec.Raw]:
    secret = reply.read(_Secret)
    inner = Reply(200, bytes(secret.data))
    versioned = inner.read(_Data)
    if bytes(versioned.metadata):
        return versioned.data
    return msgspec.json.decode(secret.data, type=dict[str, msgspec.Raw])


def _token(variables: Mapping[str, str]) -> str:
    if variables.get("VAULT_TOKEN"):
        return variables["VAULT_TOKEN"]
    if variables.get("VAULT_ROLE_ID"):
        login = {"role_id": variables["VAULT_ROLE_ID"], "secret_id": required(variables, "VAULT_SECRET_ID")}
        return _log_in("auth/approle/login", login, variables)
    if variables.get("VAULT_K8S_ROLE"):
        proof = Path(variables.get("VAULT_K8S_TOKEN_PATH", KUBERNETES_TOKEN))
        try:
            login = {"role": variables["VAULT_K8S_ROLE"], "jwt": proof.read_text(encoding="ascii").strip()}
        except OSError as error:
            raise ValueError(f"{proof} cannot be read: {error.strerror}") from None
        return _log_in("auth/kubernetes/login", login, variables)
    raise ValueError("this reference needs VAULT_TOKEN, VAULT_ROLE_ID and VAULT_SECRET_ID, or VAULT_K8S_ROLE")


def _log_in(path: str, login: dict[str, str], variables: Mapping[str, str]) -> str:
    reply = _ask("POST", path, variables, _fields(variables), msgspec.json.encode(login))
    if reply.status != 200:
        raise ValueError(f"the vault answered {reply.status} to the gateway's login")
    return reply.read(_LoggedIn).auth.client_token


def _ask(method: str, path: str, variables: Mapping[str, str], fields: dict[str, str], body: bytes = b"") -> Reply:
    address = required(variables, "VAULT_ADDR").rstrip("/")
    return fetch(method, f"{address}/v1/{path}", fields, body, ca_file=variables.get("VAULT_CACERT", ""))


def _fields(variables: Mapping[str, str]) -> dict[str, str]:
    namespace = variables.get("VAULT_NAMESPACE", "")
    return {"x-vault-request": "true"} | ({"x-vault-namespace": namespace} if namespace else {})
