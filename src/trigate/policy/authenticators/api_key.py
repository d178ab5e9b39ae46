"""API keys in a header field, compared in constant time."""

from collections.abc import Mapping

from trigate.core.errors import Unauthenticated
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.policy.authenticator import Authenticator, Circumstances, Identify
from trigate.policy.directory import Directory

FIELDS = (b"authorization", b"x-api-key", b"api-key", b"x-goog-api-key")
"""Where the SDKs of the large providers put a key; `authorization` counts only with the scheme Bearer."""


class ApiKey(Authenticator):
    """Accepts a key as `Authorization: Bearer`, `x-api-key`, `api-key` or `x-goog-api-key`.

    Two different keys in one request are refused rather than chosen between.
    """

    def open(self, given: Circumstances) -> Identify:
        """Look keys up in the directory."""
        return _identify(given.directory)


def _identify(directory: Directory) -> Identify:
    def identify(exchange: Exchange) -> Principal | None:
        names, secret = _presented(exchange.request.fields)
        if not secret:
            return None
        principal = directory.find(secret)
        if principal is None:
            raise Unauthenticated("this API key is not known, or no longer valid")
        exchange.credentials = frozenset(names)
        return principal

    return identify


def _presented(fields: Mapping[bytes, bytes]) -> tuple[list[bytes], bytes]:
    """The fields that hold a key, all the same one, and the key; both empty if there is none."""
    found, secret = list[bytes](), b""
    for name in FIELDS:
        value = fields.get(name, b"")
        if name == b"authorization":
            value = value[7:].strip() if value[:7].lower() == b"bearer " else b""
        if not value:
            continue
        if secret and value != secret:
            raise Unauthenticated("the request shows two different keys; send one")
        found.append(name)
        secret = value
    return found, secret
