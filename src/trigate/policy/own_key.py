"""The gateway's own keys, recognised wherever a request may hold one, so that none ever goes on to an upstream."""

import re
from urllib.parse import unquote_to_bytes

from trigate.core.errors import Unauthenticated
from trigate.core.query import MARK
from trigate.core.request import Request
from trigate.policy.directory import MARK_OF_OWN_KEYS, Directory

KEY_FIELDS = (b"authorization", b"x-api-key", b"api-key", b"x-goog-api-key")
"""Where the SDKs of the large providers put a key."""
PROTOCOLS = b"sec-websocket-protocol"
"""Where browsers put one that open a WebSocket of OpenAI's API, among the names of subprotocols."""
_AS_PROTOCOL = b"openai-insecure-api-key."
_IN_QUERY = re.compile(rb"(?:^|&)([^=&]*)=" + re.escape(MARK_OF_OWN_KEYS) + rb"[0-9A-Za-z]{40}(?=&|$)")
CHALLENGE = ((b"www-authenticate", b'Bearer realm="trigate", error="invalid_token"'),)
"""RFC 6750 §3."""
NONE = frozenset[bytes]()


def own_keys(request: Request, directory: Directory) -> frozenset[bytes]:
    """The header fields, and after MARK the query parameters, that hold a key of the gateway, be it good or not."""
    fields = request.fields
    found = [name for name in KEY_FIELDS if name in fields and directory.recognises(_secret(fields[name]))]
    if PROTOCOLS in fields and any(map(directory.recognises, keys_among(fields[PROTOCOLS]))):
        found.append(PROTOCOLS)
    if MARK_OF_OWN_KEYS in request.query:
        found += [MARK + _decoded(each[1]) for each in _IN_QUERY.finditer(request.query)]
    return frozenset(found) if found else NONE


def keys_among(protocols: bytes) -> list[bytes]:
    """The keys that stand among the names of subprotocols."""
    names = (each.strip() for each in protocols.split(b","))
    return [each.removeprefix(_AS_PROTOCOL) for each in names if each.startswith(_AS_PROTOCOL)]


def refusal(*, final: bool) -> Unauthenticated:
    """What whoever shows an unknown key is told; `final` if it is one of the gateway's own, or looks like it."""
    error = Unauthenticated("this API key is not known, or no longer valid", headers=CHALLENGE)
    error.final = final
    return error


def _secret(value: bytes) -> bytes:
    """Without the scheme that may stand before it."""
    return value.rpartition(b" ")[2]


def _decoded(name: bytes) -> bytes:
    return unquote_to_bytes(name.replace(b"+", b" "))
