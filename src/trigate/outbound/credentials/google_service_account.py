"""A Google service account: a signed statement is exchanged for access tokens (RFC 7523)."""

import base64

import msgspec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from msgspec import Struct

from trigate.core.clock import clock
from trigate.core.settings import Secret
from trigate.core.surroundings import Surroundings
from trigate.outbound.access_token import AccessTokens, Token, TokenEndpoint
from trigate.outbound.client import Client, Endpoint
from trigate.outbound.credential import AUTHORIZATION, Credential

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFE_SECONDS = 3600
"""The longest that Google accepts."""
_MINIMUM_BITS = 2048


class KeyFile(Struct):
    """What Google's key file holds, as far as it is needed."""

    client_email: str
    private_key: str
    private_key_id: str = ""
    token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address


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
            _load(file.private_key)
        except (ValueError, TypeError):
            raise ValueError("the private_key in the key file cannot be used") from None

    def names(self) -> frozenset[bytes]:
        """The field of a bearer token."""
        return AUTHORIZATION

    def open(self, client: Client, endpoint: Endpoint, surroundings: Surroundings) -> AccessTokens:
        """One source of tokens for all targets with these settings; it outlives reloads."""
        return surroundings.keep.adopt("outbound.token", self, lambda: self._make(client))

    def _make(self, client: Client) -> AccessTokens:
        file = self._read()
        name = f"service account {file.client_email!r}"
        asked = TokenEndpoint(name, client, file.token_uri)

        async def fetch() -> Token:
            return await asked.ask({"grant_type": GRANT, "assertion": self.assertion(file)})

        return AccessTokens(name, fetch)

    def assertion(self, file: KeyFile) -> str:
        """The signed statement (RFC 7523 §2.1)."""
        now = clock.wall_ns() // 10**9
        claims = {"iss": file.client_email, "scope": " ".join(self.scope), "aud": file.token_uri}
        claims |= {"iat": now, "exp": now + LIFE_SECONDS} | ({"sub": self.subject} if self.subject else {})
        header = {"alg": "RS256", "typ": "JWT"} | ({"kid": file.private_key_id} if file.private_key_id else {})
        signed = b".".join(_encode(msgspec.json.encode(each)) for each in (header, claims))
        return (signed + b"." + _encode(_sign(file.private_key, signed))).decode()

    def _read(self) -> KeyFile:
        return msgspec.json.decode(self.key.reveal(), type=KeyFile)


def _encode(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _load(pem: str) -> RSAPrivateKey:
    key = load_pem_private_key(pem.encode(), None)
    if not isinstance(key, RSAPrivateKey) or key.key_size < _MINIMUM_BITS:
        raise ValueError("not an RSA key of at least 2048 bits")
    return key


def _sign(pem: str, data: bytes) -> bytes:
    return _load(pem).sign(data, PKCS1v15(), SHA256())
