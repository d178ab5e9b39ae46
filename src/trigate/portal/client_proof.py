"""How clients prove themselves at the token endpoint: one way each, the one they are registered with."""

import base64
import hmac
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import unquote_plus

from msgspec import Struct

from trigate.core.clock import clock
from trigate.core.errors import NameConflict, Unauthenticated
from trigate.policy.json_web_key import PublicKey, fitting, read_key_set
from trigate.policy.json_web_token import Expectation, Token, read_token
from trigate.portal.archive import Archive
from trigate.portal.client import Client, Clients, digest_secret
from trigate.portal.client_document import ClientDocuments
from trigate.portal.refused import Refused, unknown_client
from trigate.portal.visit import Visit

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_ASSERTION_SECONDS = 600.0
ALGORITHMS = frozenset(("RS256", "PS256", "ES256", "ES384", "EdDSA"))
LEEWAY = 30.0


class Used(Struct, frozen=True):
    """What remains of an assertion: that it was shown."""

    client: str


Named = Callable[[Mapping[str, str]], Awaitable[str]]
"""The client to which what a form shows was given, empty if it is nothing that was given out."""


class NotGiven(Refused):
    """A client that nobody has let in shows what was not given to it: it is not even looked up."""

    def __init__(self) -> None:
        super().__init__("invalid_grant", "this was not given to the client that shows it, or is not good any more")


class Clerk:
    """Knows clients of every origin, and whether it is they who ask."""

    def __init__(self, origins: tuple[Clients, ...], documents: ClientDocuments, archive: Archive, url: str) -> None:
        """`url` is the portal's own, which is what assertions are meant for."""
        self._origins = origins
        self._documents = documents
        self._archive = archive
        self._meant = frozenset((url, f"{url}/oauth/token"))

    async def find(self, id: str) -> Client:
        """The client of this id; raises Refused."""
        for each in self._origins:
            found = await each.find(id)
            if found is not None:
                return found
        raise unknown_client()

    async def identify(self, visit: Visit, form: Mapping[str, str], named: Named) -> Client:
        """The client that asks, proved as it is registered; raises Refused.

        Anybody may ask: so documents are fetched of those alone for whom a person, or a provider, has vouched.
        """
        basic = visit.fields.get("authorization", "")
        ways = [bool(basic), "client_secret" in form, "client_assertion" in form]
        if sum(ways) > 1:
            raise Refused("invalid_request", "the client proves itself in more than one way")
        if basic:
            id, secret = _read_basic(basic)
            if form.get("client_id", id) != id:
                raise unknown_client()
            return self._prove_secret(await self._find(id, form, named), secret)
        id = form.get("client_id", "")
        if "client_assertion" in form:
            return await self._prove_assertion(form, id, named)
        client = await self._find(id, form, named)
        if "client_secret" in form:
            return self._prove_secret(client, form["client_secret"])
        if client.method != "none":
            raise unknown_client()
        return client

    def _prove_secret(self, client: Client, secret: str) -> Client:
        # Both spellings of a secret are the same proof; clients mix them up.
        right = hmac.compare_digest(digest_secret(secret), client.secret)
        if not right or client.method not in ("client_secret_basic", "client_secret_post"):
            raise unknown_client()
        return client

    async def _find(self, id: str, form: Mapping[str, str], named: Named) -> Client:
        if id.startswith("https://") and self._documents in self._origins and await named(form) != id:
            raise NotGiven
        return await self.find(id)

    async def _prove_assertion(self, form: Mapping[str, str], id: str, named: Named) -> Client:
        """RFC 7523 §3, RFC 7521 §4.2."""
        if form.get("client_assertion_type") != ASSERTION:
            raise Refused("invalid_request", f"`client_assertion_type` is {ASSERTION}")
        try:
            token = read_token(form["client_assertion"].encode(), ("", "jwt", "client-authentication+jwt"))
            id = id or str(token.claims.get("sub", ""))
            client = await self._find(id, form, named)
            if client.method != "private_key_jwt" or token.algorithm not in ALGORITHMS:
                raise unknown_client()
            until = Expectation(id, self._meant, LEEWAY).check(token.claims, clock.wall_ns() / 1e9)
            known = await self._keys(client, token)
        except (Unauthenticated, ValueError):
            raise unknown_client() from None
        if token.claims.get("sub") != id or not any(
            key.verifies(token.algorithm, token.signed, token.signature) for key in known
        ):
            raise unknown_client()
        await self.spend("assertion", id, token.claims.get("jti"), until)
        return client

    async def _keys(self, client: Client, token: Token) -> tuple[PublicKey, ...]:
        """Its keys that fit; those of an address are fetched anew if none does, since keys are exchanged."""
        if client.keys:
            return fitting(read_key_set(client.keys.encode()), token.algorithm, token.key_id)
        known = fitting(await self._documents.keys(client.keys_url), token.algorithm, token.key_id)
        if known:
            return known
        return fitting(await self._documents.keys(client.keys_url, again=True), token.algorithm, token.key_id)

    async def spend(self, kind: str, owner: str, number: object, until: float) -> None:
        """Let an assertion be good once; `until` in wall-clock seconds. Raises Refused."""
        seconds = until - clock.wall_ns() / 1e9
        lasting = seconds > LONGEST_ASSERTION_SECONDS + 2 * LEEWAY
        if not isinstance(number, str) or not 0 < len(number) <= 256 or lasting:
            raise unknown_client("an assertion has a `jti`, and expires within ten minutes")
        try:
            await self._archive.keep(kind, f"{len(owner)}:{owner}{number}", seconds, Used(owner))
        except NameConflict:
            raise unknown_client("this assertion was used before") from None


def _read_basic(value: str) -> tuple[str, str]:
    """RFC 6749 §2.3.1: both parts are form-encoded before they are put together."""
    scheme, _, encoded = value.partition(" ")
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except ValueError:
        text = ""
    id, colon, secret = text.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise unknown_client()
    return unquote_plus(id), unquote_plus(secret)
