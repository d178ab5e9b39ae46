"""API keys in a header field, compared in constant time."""

import os
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING

from trigate.core.errors import Unauthenticated
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.policy.authenticator import Authenticator, Identify

if TYPE_CHECKING:
    from trigate.policy.settings import Key

FIELDS = (b"authorization", b"x-api-key", b"api-key", b"x-goog-api-key")
"""Where the SDKs of the large providers put a key; `authorization` counts only with the scheme Bearer."""


class ApiKey(Authenticator):
    """Accepts a key as `Authorization: Bearer`, `x-api-key`, `api-key` or `x-goog-api-key`.

    Two different keys in one request are refused rather than chosen between.
    """

    def open(self, keys: "Mapping[str, Key]") -> Identify:
        """Digest all keys under a pepper of this process.

        How long the look-up of a digest under a secret pepper takes tells an attacker nothing, so a dict may do it.
        """
        pepper = os.urandom(32)

        def digest(secret: bytes) -> bytes:
            return blake2b(secret, key=pepper, digest_size=16).digest()

        known = {digest(key.secret.reveal().encode()): _principal(name, key) for name, key in keys.items()}
        return _identify(known, digest)


def _identify(known: Mapping[bytes, Principal], digest: Callable[[bytes], bytes]) -> Identify:
    def identify(exchange: Exchange) -> Principal | None:
        names, secret = _presented(exchange.request.fields)
        if not secret:
            return None
        principal = known.get(digest(secret))
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


def _principal(name: str, key: "Key") -> Principal:
    return Principal(name, frozenset(key.lanes), key.user, key.agent, key.team, key.organisation)
