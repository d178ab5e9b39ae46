"""Statements that the gateway signs about itself (RFC 7521 §4, RFC 7523 §2.2)."""

import base64
import os
from collections.abc import Mapping
from functools import lru_cache

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from trigate.core.clock import clock

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFE_SECONDS = 300
_MINIMUM_BITS = 2048
_CURVES: dict[str, tuple[str, HashAlgorithm, int]] = {
    "secp256r1": ("ES256", SHA256(), 32),
    "secp384r1": ("ES384", SHA384(), 48),
    "secp521r1": ("ES512", SHA512(), 66),
}
"""Algorithm, digest, and bytes of each half of a signature (RFC 7518 §3.4)."""

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@lru_cache(64)
def load_key(pem: str) -> Key:
    """Raises ValueError for what is no key that may sign: RSA of 2048 bits or more, a NIST curve, or Ed25519."""
    try:
        key = load_pem_private_key(pem.encode(), None)
    except TypeError:
        raise ValueError("the key has a password: decrypt it first") from None
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= _MINIMUM_BITS:
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return key
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key
    raise ValueError("the key is none of RSA (2048 bits or more), P-256, P-384, P-521 and Ed25519")


def client_assertion(pem: str, client_id: str, audience: str, key_id: str = "") -> str:
    """What proves a client to an authorization server; it is good for one request and a few minutes."""
    now = clock.wall_ns() // 10**9
    claims = {"iss": client_id, "sub": client_id, "aud": audience, "jti": os.urandom(16).hex()}
    return sign(pem, claims | {"iat": now, "exp": now + LIFE_SECONDS}, key_id)


def sign(pem: str, claims: Mapping[str, object], key_id: str = "", type: str = "JWT") -> str:
    """A signed token (RFC 7515 §3.1), by the algorithm that goes with the key."""
    key = load_key(pem)
    header = {"alg": _algorithm(key), "typ": type} | ({"kid": key_id} if key_id else {})
    signed = b".".join(_encode(msgspec.json.encode(each)) for each in (header, claims))
    return (signed + b"." + _encode(_signature(key, signed))).decode()


def _algorithm(key: Key) -> str:
    if isinstance(key, rsa.RSAPrivateKey):
        return "RS256"
    return _CURVES[key.curve.name][0] if isinstance(key, ec.EllipticCurvePrivateKey) else "EdDSA"


def _signature(key: Key, signed: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(signed, padding.PKCS1v15(), SHA256())
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(signed)
    _, digest, size = _CURVES[key.curve.name]
    halves = decode_dss_signature(key.sign(signed, ec.ECDSA(digest)))
    return b"".join(each.to_bytes(size, "big") for each in halves)


def _encode(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
