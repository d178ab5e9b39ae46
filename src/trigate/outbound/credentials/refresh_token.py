"""A refresh token that is exchanged for access tokens (RFC 6749 §6)."""

from msgspec.structs import replace

from trigate.core.settings import Secret
from trigate.core.surroundings import Surroundings
from trigate.outbound.access_token import AccessTokens, Token, share
from trigate.outbound.client import Client, Endpoint
from trigate.outbound.credential import AUTHORIZATION, Credential
from trigate.outbound.renewal import Order, renew


class RefreshToken(Credential):
    """Gets access tokens for a refresh token, one at a time for all workers.

    A refresh token that the server exchanges for another is used from then on, also after a restart: the new one is
    kept in the vault of the store. Another one in the file takes its place.
    """

    token_url: str
    """The token endpoint."""
    refresh_token: Secret
    """The refresh token to begin with."""
    client_id: str = ""
    """The client it was given to, if the server wants to know."""
    client_secret: Secret | None = None
    """The secret of that client, if it has one."""
    scope: tuple[str, ...] = ()
    """Scopes to ask for; left out: those of the refresh token."""

    def names(self) -> frozenset[bytes]:
        """The field of a bearer token."""
        return AUTHORIZATION

    def open(self, client: Client, endpoint: Endpoint, surroundings: Surroundings) -> AccessTokens:
        """One source of tokens for all targets with these settings."""
        name = f"the refresh token at {self.token_url}"
        client.endpoint(self.token_url)  # a URL that cannot be used is told when the file is read
        form = {"grant_type": "refresh_token"}
        form |= {"client_id": self.client_id, "scope": " ".join(self.scope)}
        form |= {"client_secret": self.client_secret.reveal() if self.client_secret else ""}
        form = {name: value for name, value in form.items() if value}

        order = Order(name, self.token_url, form, self.refresh_token.reveal())

        async def fetch(rejected: str) -> Token:
            return await renew(surroundings.bus, replace(order, rejected=rejected))

        return share(self, name, fetch, surroundings)
