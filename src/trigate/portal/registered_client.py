"""Clients that registered themselves (RFC 7591): a bounded number, kept while somebody logs in with them."""

import secrets
from typing import Any

import msgspec

from trigate.core.errors import NameConflict
from trigate.portal.archive import Archive
from trigate.portal.client import Client, Method, clean_title, digest_secret
from trigate.portal.client_description import read_grants, read_redirects
from trigate.portal.refused import Refused

KIND = "client"
PREFIX = "client-"
FIRST_SECONDS = 86_400.0
"""How long one is kept with which nobody has logged in."""
_METHODS: tuple[Method, ...] = ("none", "client_secret_basic", "client_secret_post")
_decode = msgspec.json.Decoder(Client).decode


class RegisteredClients:
    """See Clients."""

    __slots__ = ("_archive", "_most", "_seconds")

    def __init__(self, archive: Archive, most: int, seconds: float) -> None:
        """At most so many; one with which somebody has logged in is kept for `seconds`, longer than any login."""
        self._archive = archive
        self._most = most
        self._seconds = seconds

    async def find(self, id: str) -> Client | None:
        """See Clients."""
        slip = await self._archive.find(KIND, id) if id.startswith(PREFIX) else None
        return None if slip is None else _decode(slip.body)

    async def register(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Keep a client; what it is told, its secret included, if it has one. Raises Refused."""
        client, secret = _read(wanted)
        try:
            await self._archive.keep(KIND, client.id, FIRST_SECONDS, client, most=self._most)
        except NameConflict:
            raise Refused("temporarily_unavailable", "too many clients have registered; try again later", 503) from None
        told: dict[str, Any] = {
            "client_id": client.id,
            "client_name": client.title,
            "redirect_uris": client.redirects,
            "grant_types": client.grants,
            "response_types": ["code"],
            "token_endpoint_auth_method": client.method,
        }
        return told | ({"client_secret": secret, "client_secret_expires_at": 0} if secret else {})

    async def use(self, client: Client) -> None:
        """Somebody has logged in with it."""
        if client.origin == "registered":
            await self._archive.extend(KIND, client.id, self._seconds)


def _read(wanted: dict[str, Any]) -> tuple[Client, str]:
    method = wanted.get("token_endpoint_auth_method", "client_secret_basic")
    if method not in _METHODS:
        raise Refused("invalid_client_metadata", f"`token_endpoint_auth_method` is one of {', '.join(_METHODS)}")
    secret = "" if method == "none" else secrets.token_urlsafe(32)
    client = Client(
        id=PREFIX + secrets.token_urlsafe(18),
        origin="registered",
        title=clean_title(wanted.get("client_name")),
        redirects=read_redirects(wanted, "invalid_redirect_uri"),
        method=method,
        secret=digest_secret(secret) if secret else "",
        grants=read_grants(wanted),
    )
    return client, secret
