"""OAuth 2 client credentials: the gateway asks for tokens in its own name (RFC 6749 §4.4)."""

from base64 import b64encode
from typing import Literal
from urllib.parse import quote_plus

from trigate.core.settings import Secret
from trigate.core.surroundings import Surroundings
from trigate.outbound.access_token import AccessTokens, Token, TokenEndpoint, share
from trigate.outbound.client import Client, Endpoint
from trigate.outbound.credential import AUTHORIZATION, Credential


class ClientCredentials(Credential):
    """Gets access tokens from a token endpoint and renews them before they run out."""

    token_url: str
    """The token endpoint."""
    client_id: str
    """The gateway's name there."""
    client_secret: Secret
    """Its secret there."""
    scope: tuple[str, ...] = ()
    """Scopes to ask for."""
    audience: str = ""
    """`audience` parameter, for servers that want one."""
    resource: str = ""
    """`resource` parameter (RFC 8707), for servers that want one."""
    method: Literal["client_secret_basic", "client_secret_post"] = "client_secret_basic"
    """How the secret is sent: in a header field, or in the form."""

    def names(self) -> frozenset[bytes]:
        """The field of a bearer token."""
        return AUTHORIZATION

    def open(self, client: Client, endpoint: Endpoint, surroundings: Surroundings) -> AccessTokens:
        """One source of tokens for all targets with these settings."""
        name = f"client {self.client_id!r}"
        asked = TokenEndpoint(name, client, self.token_url)
        form = {"grant_type": "client_credentials", "scope": " ".join(self.scope)}
        form |= {"audience": self.audience, "resource": self.resource}
        fields = list[tuple[bytes, bytes]]()
        if self.method == "client_secret_post":
            form |= {"client_id": self.client_id, "client_secret": self.client_secret.reveal()}
        else:
            fields = [(b"authorization", basic(self.client_id, self.client_secret))]
        form = {name: value for name, value in form.items() if value}

        async def fetch(_: str) -> Token:
            return await asked.ask(form, fields)

        return share(self, name, fetch, surroundings)


def basic(client_id: str, client_secret: Secret) -> bytes:
    """Name and secret, form-encoded before they are joined (RFC 6749 §2.3.1)."""
    joined = f"{quote_plus(client_id)}:{quote_plus(client_secret.reveal())}"
    return b"Basic " + b64encode(joined.encode())
