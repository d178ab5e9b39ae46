"""API keys in a header field, or in the query where that is allowed."""

from collections.abc import Awaitable

from trigate.core.errors import Unauthenticated
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.core.query import MARK, parameters
from trigate.core.request import Request
from trigate.policy.authenticator import Authenticator, Circumstances, Identify

FIELDS = (b"authorization", b"x-api-key", b"api-key", b"x-goog-api-key")
"""Where the SDKs of the large providers put a key; `authorization` counts only with the scheme Bearer."""
CHALLENGE = ((b"www-authenticate", b'Bearer realm="trigate", error="invalid_token"'),)
"""RFC 6750 §3."""


class ApiKey(Authenticator):
    """Accepts a key as `Authorization: Bearer`, `x-api-key`, `api-key` or `x-goog-api-key`.

    Two different keys in one request are refused rather than chosen between. The key is the gateway's own: it never
    goes on to a service, provider or tool server.
    """

    query: str = ""
    """Name of a query parameter that may hold the key too; empty: none. Addresses end up in logs of others, so leave it
    out unless a caller cannot send header fields.
    """

    def open(self, given: Circumstances) -> Identify:
        """Look keys up in the directory."""
        find, parameter = given.directory.find, self.query.encode()

        def identify(exchange: Exchange) -> Principal | Awaitable[Principal] | None:
            names, secret = _presented(exchange.request, parameter)
            if not secret:
                return None
            found = find(secret)
            if found is None or isinstance(found, Principal):
                return _accepted(exchange, names, found)
            return _later(exchange, names, found)

        return identify


async def _later(exchange: Exchange, names: list[bytes], found: Awaitable[Principal | None]) -> Principal:
    return _accepted(exchange, names, await found)


def _accepted(exchange: Exchange, names: list[bytes], principal: Principal | None) -> Principal:
    if principal is None:
        raise Unauthenticated("this API key is not known, or no longer valid", headers=CHALLENGE)
    exchange.credentials = frozenset(names)
    return principal


def _presented(request: Request, parameter: bytes) -> tuple[list[bytes], bytes]:
    """Where the request holds a key, always the same one, and the key; both empty if there is none."""
    found, secret = list[bytes](), b""
    for name, value in _candidates(request, parameter):
        if not value:
            continue
        if secret and value != secret:
            raise Unauthenticated("the request shows two different keys; send one", headers=CHALLENGE)
        found.append(name)
        secret = value
    return found, secret


def _candidates(request: Request, parameter: bytes) -> list[tuple[bytes, bytes]]:
    fields = request.fields
    found = [(name, fields[name]) for name in FIELDS if name in fields]
    if found and found[0][0] == b"authorization":
        value = found[0][1]
        found[0] = (b"authorization", value[7:].strip() if value[:7].lower() == b"bearer " else b"")
    if parameter and request.query:
        found += [(MARK + parameter, value) for value in parameters(request.query, parameter)]
    return found
