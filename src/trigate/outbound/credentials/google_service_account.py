"""A Google service account: a signed statement is exchanged for access tokens (RFC 7523)."""

import msgspec

from trigate.core.settings import Secret
from trigate.core.surroundings import Surroundings
from trigate.outbound.access_token import AccessTokens, Token, TokenEndpoint, share
from trigate.outbound.client import Client, Endpoint
from trigate.outbound.credential import AUTHORIZATION, Credential
from trigate.outbound.google_key import GRANT, KeyFile, load_key


class GoogleServiceAccount(Credential):
    """Gets access tokens for Vertex AI and other Google services."""

    key: Secret
    """The JSON of the account's key file, best `${file:key.json}`."""
    scope: tuple[str, ...] = ("https://www.googleapis.com/auth/cloud-platform",)
    """Scopes to ask for."""
    subject: str = ""
    """User to act for, where the account may (domain-wide delegation)."""

    def __post_init__(self) -> None:
        try:
            file = self._read()
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise ValueError("key is not the JSON of a service account's key file") from None
        try:
            load_key(file.private_key)
        except (ValueError, TypeError):
            raise ValueError("the private_key in the key file cannot be used") from None

    def names(self) -> frozenset[bytes]:
        """The field of a bearer token."""
        return AUTHORIZATION

    def open(self, client: Client, endpoint: Endpoint, surroundings: Surroundings) -> AccessTokens:
        """One source of tokens for all targets with these settings."""
        file = self._read()
        name = f"service account {file.client_email!r}"
        asked = TokenEndpoint(name, client, file.token_uri)

        async def fetch(_: str) -> Token:
            return await asked.ask({"grant_type": GRANT, "assertion": self.assertion(file)})

        return share(self, name, fetch, surroundings)

    def assertion(self, file: KeyFile) -> str:
        """The signed statement (RFC 7523 §2.1)."""
        return file.assertion(" ".join(self.scope), self.subject)

    def _read(self) -> KeyFile:
        return msgspec.json.decode(self.key.reveal(), type=KeyFile)
