"""Clients whose id is the address of a document that describes them: fetched with care, and remembered for a while."""

from typing import Any
from urllib.parse import urlsplit

import msgspec

from trigate.core.clock import clock
from trigate.core.errors import BadConfig, GatewayError
from trigate.core.surroundings import Surroundings
from trigate.outbound.client import Client as Wire
from trigate.policy.cache import Cache
from trigate.policy.flight import Flights
from trigate.policy.inquiry import Reply, Site
from trigate.policy.json_web_key import PublicKey
from trigate.policy.strict_json import read_object
from trigate.portal.client import Client, clean_title
from trigate.portal.client_description import read_grants, read_redirects
from trigate.portal.client_key_set import KeySets, freshness
from trigate.portal.refused import Refused, unknown_client

LARGEST = 32 * 1024
"""Bytes of a document; the draft asks for no more than 5 KB."""
TIMEOUT_SECONDS = 5.0
LONGEST_URL = 256
MOST_REMEMBERED = 1000
MOST_UNDER_WAY = 8
"""Documents fetched at the same time: nobody uses this gateway to knock at the doors of others."""
FAILED_SECONDS = 10.0
_MEDIA = ("application/json", "application/jwk-set+json")


class ClientDocuments:
    """See Clients (OAuth Client ID Metadata Document, draft 01)."""

    def __init__(self, wire: Wire, around: Surroundings) -> None:
        self._wire = wire
        self._loop = around.loop
        self._flights = Flights[str, Client | Refused](around.loop)
        self._known = Cache[str, "Client | Refused"](MOST_REMEMBERED)
        self._sets = KeySets(around.loop, self._ask)

    async def find(self, id: str) -> Client | None:
        """See Clients."""
        if not id.startswith("https://"):
            return None
        check_address(id)
        found = self._known.get(id, clock.monotonic())
        if found is None:
            if len(self._flights) >= MOST_UNDER_WAY and id not in self._flights:
                raise Refused("temporarily_unavailable", "too many clients are being looked up; try again", 503)
            found = await self._flights.join(id, lambda: self._fetch(id))
        if isinstance(found, Refused):
            raise Refused(found.error, found.description, found.status)
        return found

    async def keys(self, url: str, *, again: bool = False) -> tuple[PublicKey, ...]:
        """The key set at an address that a document names; `again`: it may have changed. Raises Refused."""
        return await self._sets.keys(url, again=again)

    async def _fetch(self, id: str) -> Client | Refused:
        try:
            reply = await self._ask(id)
            found = _read(id, read_object(reply.body))
            seconds = freshness(reply)
        except Refused as refused:
            found, seconds = refused, FAILED_SECONDS
        except ValueError:
            found, seconds = unknown_client("the client's document cannot be read"), FAILED_SECONDS
        self._known.put(id, found, clock.monotonic() + seconds)
        return found

    async def _ask(self, url: str) -> Reply:
        try:
            site = Site(url, self._wire, self._loop, TIMEOUT_SECONDS, outside=True, largest=LARGEST)
            reply = await site.ask(b"GET", [(b"accept", b"application/json")])
        except (GatewayError, BadConfig):
            raise unknown_client("the client's document cannot be fetched") from None
        if reply.status != 200:  # a redirect is not followed: who describes a client is its id alone
            raise unknown_client("there is no document at the address that the client's id is")
        if reply.field(b"content-type").partition(";")[0].strip().lower() not in _MEDIA:
            raise unknown_client("the client's document is not application/json")
        return reply


def check_address(id: str) -> None:
    """Raises Refused for an address that a client's id must not be."""
    parts = urlsplit(id)
    steps = parts.path.split("/")
    plain = id.isascii() and id.isprintable() and " " not in id and "\\" not in id and len(id) <= LONGEST_URL
    if not plain or parts.path in ("", "/") or "." in steps or ".." in steps or "#" in id or parts.username is not None:
        raise unknown_client("a client's id that is an address has a path, and no fragment, user or dots for folders")


def _read(id: str, described: dict[str, Any]) -> Client:
    if described.get("client_id") != id:
        raise unknown_client("the document at the address of the client's id describes another client")
    method = described.get("token_endpoint_auth_method", "none")
    if method not in ("none", "private_key_jwt") or "client_secret" in described:
        raise unknown_client("a client with a public document has no secret: `none` or `private_key_jwt`")
    return Client(
        id=id,
        origin="document",
        title=clean_title(described.get("client_name")),
        redirects=read_redirects(described, "invalid_client"),
        method=method,
        keys=_text(described.get("jwks")),
        keys_url=described["jwks_uri"] if isinstance(described.get("jwks_uri"), str) else "",
        grants=read_grants({"grant_types": ["authorization_code", "refresh_token"]} | described),
    )


def _text(keys: Any) -> str:
    return msgspec.json.encode(keys).decode() if isinstance(keys, dict) else ""
