"""API keys in a header field, or in the query where that is allowed."""

from collections.abc import Awaitable

from trigate.core.errors import Unauthenticated
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.core.query import MARK, parameters
from trigate.core.request import Request
from trigate.policy.authenticator import Authenticator, Circumstances, Identify
from trigate.policy.own_key import CHALLENGE, KEY_FIELDS, PROTOCOLS, keys_among, refusal


class ApiKey(Authenticator):
    """Accepts a key as `Authorization: Bearer`, `x-api-key`, `api-key` or `x-goog-api-key`; browsers, which open
    WebSockets without fields of their own, may send it as the subprotocol `openai-insecure-api-key.KEY`.

    Two different keys in one request are refused rather than chosen between. The key is the gateway's own: it never
    goes on to a service, provider or tool server. One that is no longer valid, or looks like the gateway's own and is
    not known, ends the request there: no further authenticator is asked, and `anonymous` does not let it pass.
    """

    query: str = ""
    """Name of a query parameter that may hold the key too; empty: none. Addresses end up in logs of others, so leave it
    out unless a caller cannot send header fields.
    """

    def open(self, given: Circumstances) -> Identify:
        """Look keys up in the directory."""
        directory, parameter = given.directory, self.query.encode()

        def identify(exchange: Exchange) -> Principal | Awaitable[Principal] | None:
            names, secret = _presented(exchange.request, parameter)
            if not secret:
                return None
            found = directory.find(secret)
            if found is None:
                raise refusal(final=directory.recognises(secret))
            if isinstance(found, Principal):
                return _accepted(exchange, names, found)
            return later(exchange, names, secret, found)

        async def later(
            exchange: Exchange, names: list[bytes], secret: bytes, found: Awaitable[Principal | None]
        ) -> Principal:
            principal = await found
            if principal is None:
                raise refusal(final=directory.recognises(secret))
            return _accepted(exchange, names, principal)

        return identify


def _accepted(exchange: Exchange, names: list[bytes], principal: Principal) -> Principal:
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
    found = [(name, fields[name]) for name in KEY_FIELDS if name in fields]
    if found and found[0][0] == b"authorization":
        value = found[0][1]
        found[0] = (b"authorization", value[7:].strip() if value[:7].lower() == b"bearer " else b"")
    if request.upgrade and PROTOCOLS in fields:
        found += [(PROTOCOLS, key) for key in keys_among(fields[PROTOCOLS])]
    if parameter and request.query:
        found += [(MARK + parameter, value) for value in parameters(request.query, parameter)]
    return found
