"""A refresh token that is exchanged for access tokens (RFC 6749 §6)."""

from trigate.core.settings import Secret
from trigate.core.surroundings import Surroundings
from trigate.outbound.access_token import AccessTokens, Token, TokenEndpoint
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
        """One source of tokens for all targets with these settings; it outlives reloads."""
        return surroundings.keep.adopt("outbound.token", self, lambda: self._make(client))

    def _make(self, client: Client) -> AccessTokens:
        asked = TokenEndpoint(f"the refresh token at {self.token_url}", client, self.token_url)
        form = {"grant_type": "refresh_token", "refresh_token": self.refresh_token.reveal()}
        form |= {"client_id": self.client_id, "scope": " ".join(self.scope)}
        form |= {"client_secret": self.client_secret.reveal() if self.client_secret else ""}
        form = {name: value for name, value in form.items() if value}

        async def fetch() -> Token:
            token = await asked.ask(form)
            form["refresh_token"] = token.refresh_token or form["refresh_token"]
            return token

        return AccessTokens(f"the refresh token at {self.token_url}", fetch)
