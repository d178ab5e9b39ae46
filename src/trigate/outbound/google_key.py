"""The key file of a Google service account, and the statements signed with it (RFC 7523)."""

import base64

import msgspec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from msgspec import Struct

from trigate.core.clock import clock

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

    def assertion(self, scope: str, subject: str = "") -> str:
        """A signed statement (RFC 7523 §2.1) that asks for `scope`, perhaps for a user."""
        now = clock.wall_ns() // 10**9
        claims = {"iss": self.client_email, "scope": scope, "aud": self.token_uri}
        claims |= {"iat": now, "exp": now + LIFE_SECONDS} | ({"sub": subject} if subject else {})
        header = {"alg": "RS256", "typ": "JWT"} | ({"kid": self.private_key_id} if self.private_key_id else {})
        signed = b".".join(_encode(msgspec.json.encode(each)) for each in (header, claims))
        return (signed + b"." + _encode(load_key(self.private_key).sign(signed, PKCS1v15(), SHA256()))).decode()


def load_key(pem: str) -> RSAPrivateKey:
    """Raises ValueError or TypeError for what is no RSA key of at least 2048 bits without a password."""
    key = load_pem_private_key(pem.encode(), None)
    if not isinstance(key, RSAPrivateKey) or key.key_size < _MINIMUM_BITS:
        raise ValueError("not an RSA key of at least 2048 bits")
    return key


def _encode(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
