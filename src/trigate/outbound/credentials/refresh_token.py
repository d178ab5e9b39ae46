"""A refresh token that is exchanged for access tokens (RFC 6749 §6)."""

from trigate.core.settings import Secret
from trigate.core.surroundings import Surroundings
from trigate.outbound.access_token import AccessTokens, Token, TokenEndpoint, share
from trigate.outbound.client import Client, Endpoint
from trigate.outbound.credential import AUTHORIZATION, Credential


class RefreshToken(Credential):
    """Gets access tokens for a refresh token; one that the server exchanges for another is used from then on."""

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
        asked = TokenEndpoint(name, client, self.token_url)
        form = {"grant_type": "refresh_token", "refresh_token": self.refresh_token.reveal()}
        form |= {"client_id": self.client_id, "scope": " ".join(self.scope)}
        form |= {"client_secret": self.client_secret.reveal() if self.client_secret else ""}
        form = {name: value for name, value in form.items() if value}

        async def fetch(last: str) -> Token:
            return await asked.ask(form | ({"refresh_token": last} if last else {}))

        return share(self, name, fetch, surroundings)
