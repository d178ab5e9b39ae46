"""Clients that the file names."""

from collections.abc import Mapping

from trigate.portal.authorization_settings import ClientSettings
from trigate.portal.client import Client, digest_secret


class FileClients:
    """See Clients."""

    __slots__ = ("_known",)

    def __init__(self, settings: Mapping[str, ClientSettings]) -> None:
        self._known = {name: _client(name, each) for name, each in settings.items()}

    async def find(self, id: str) -> Client | None:
        """See Clients."""
        return self._known.get(id)


def _client(name: str, settings: ClientSettings) -> Client:
    method = "private_key_jwt" if settings.keys else "client_secret_basic" if settings.secret is not None else "none"
    return Client(
        id=name,
        origin="file",
        title=settings.title or name,
        redirects=settings.redirect_uris,
        method=method,
        secret=digest_secret(settings.secret.reveal()) if settings.secret is not None else "",
        keys=settings.keys,
        grants=(*settings.grants, *(("refresh_token",) if "authorization_code" in settings.grants else ())),
        endpoints=settings.endpoints,
        scopes=settings.scopes,
    )
