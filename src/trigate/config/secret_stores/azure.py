"""`${azure:VAULT/NAME#FIELD}`: Azure Key Vault, the current version of a secret.

The gateway's own identity comes from AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET; AZURE_AUTHORITY_HOST
leads to the login of another cloud. VAULT is a vault's name, or the whole address of one.
"""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from msgspec import Struct

from trigate.config.lookup import fetch, pick, required, split_field

VERSION = "7.4"
LOGIN = "https://login.microsoftonline.com"


class _Token(Struct):
    access_token: str


class _Value(Struct):
    value: str


def read(reference: str, variables: Mapping[str, str]) -> str:
    """The secret, or one field of a secret that is a JSON object."""
    place, field = split_field(reference)
    vault, _, name = place.rpartition("/")
    if not vault:
        raise ValueError("the reference names no vault; write ${azure:VAULT/NAME}")
    address = vault if "://" in vault else f"https://{vault}.vault.azure.net"
    url = f"{address}/secrets/{quote(name)}?api-version={VERSION}"
    reply = fetch("GET", url, {"authorization": f"Bearer {_token(variables)}"})
    if reply.status != 200:
        raise ValueError(f"Key Vault answered {reply.status} for {name!r}")
    return pick(reply.read(_Value).value, field)


def _token(variables: Mapping[str, str]) -> str:
    tenant = quote(required(variables, "AZURE_TENANT_ID"))
    form = {
        "grant_type": "client_credentials",
        "client_id": required(variables, "AZURE_CLIENT_ID"),
        "client_secret": required(variables, "AZURE_CLIENT_SECRET"),
        "scope": "https://vault.azure.net/.default",
    }
    authority = variables.get("AZURE_AUTHORITY_HOST", "").rstrip("/") or LOGIN
    url = f"{authority}/{tenant}/oauth2/v2.0/token"
    reply = fetch("POST", url, {"content-type": "application/x-www-form-urlencoded"}, urlencode(form).encode())
    if reply.status != 200:
        raise ValueError(f"Azure answered {reply.status} to the gateway's login")
    return reply.read(_Token).access_token
