"""OAuth 2 client credentials: the gateway asks for tokens in its own name (RFC 6749 §4.4)."""

from typing import Literal

from trigate.core.settings import Secret
from trigate.core.surroundings import Surroundings
from trigate.outbound.access_token import AccessTokens, Token, TokenEndpoint, share
from trigate.outbound.client import Client, Endpoint
from trigate.outbound.credential import AUTHORIZATION, Credential
from trigate.outbound.oauth.client_identity import ClientIdentity


class ClientCredentials(Credential):
    """Gets access tokens from a token endpoint and renews them before they run out."""

    token_url: str
    """The token endpoint."""
    client_id: str
    """The gateway's name there."""
    client_secret: Secret | None = None
    """Its secret there."""
    private_key: Secret | None = None
    """PEM of a key (RSA, P-256, P-384, P-521 or Ed25519) with which it signs who it is, in place of a secret
    (private_key_jwt, RFC 7523 §2.2)."""
    key_id: str = ""
    """Name of that key, if the authorization server wants to know."""
    issuer: str = ""
    """Whom such a signed statement is for: the authorization server's own name; left out: the token endpoint."""
    scope: tuple[str, ...] = ()
    """Scopes to ask for."""
    audience: str = ""
    """`audience` parameter, for servers that want one."""
    resource: str = ""
    """`resource` parameter (RFC 8707), for servers that want one."""
    method: Literal["client_secret_basic", "client_secret_post"] = "client_secret_basic"
    """How the secret is sent: in a header field, or in the form."""

    def __post_init__(self) -> None:
        if (self.client_secret is None) == (self.private_key is None):
            raise ValueError("give either a `client_secret` or a `private_key`")
        if self.private_key is not None:
            from trigate.outbound.oauth.assertion import load_key  # noqa: PLC0415 - few need keys

            load_key(self.private_key.reveal())

    def names(self) -> frozenset[bytes]:
        """The field of a bearer token."""
        return AUTHORIZATION

    def open(self, client: Client, endpoint: Endpoint, surroundings: Surroundings) -> AccessTokens:
        """One source of tokens for all targets with these settings."""
        name = f"client {self.client_id!r}"
        asked = TokenEndpoint(name, client, self.token_url)
        identity = self._identity()
        form = {"grant_type": "client_credentials", "scope": " ".join(self.scope)}
        form |= {"audience": self.audience, "resource": self.resource}
        form = {name: value for name, value in form.items() if value}

        async def fetch(_: str) -> Token:
            proof, fields = identity.prove(self.issuer or self.token_url)
            return await asked.ask(form | proof, fields)

        return share(self, name, fetch, surroundings)

    def _identity(self) -> ClientIdentity:
        if self.private_key is not None:
            key = self.private_key.reveal()
            return ClientIdentity(self.client_id, "", "private_key_jwt", private_key=key, key_id=self.key_id)
        secret = self.client_secret.reveal() if self.client_secret else ""
        return ClientIdentity(self.client_id, secret, self.method)
