"""Statements that the gateway signs are verified by others' code."""

import base64
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from trigate.core.clock import clock
from trigate.outbound.oauth.assertion import client_assertion, load_key
from trigate.policy.json_web_key import read_key_set

KEYS: dict[str, Any] = {
    "RS256": rsa.generate_private_key(65537, 2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}


def pem(key: Any, password: bytes = b"") -> str:
    sealed = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed).decode()


def part(text: str) -> Any:
    return msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def text(number: int) -> str:
    size = (number.bit_length() + 7) // 8
    return base64.urlsafe_b64encode(number.to_bytes(size, "big")).rstrip(b"=").decode()


def coordinate(number: int, key: Any) -> str:
    return base64.urlsafe_b64encode(number.to_bytes((key.curve.key_size + 7) // 8, "big")).rstrip(b"=").decode()


def public(key: Any) -> dict[str, str]:
    """As a JSON Web Key."""
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.public_key().public_numbers()
        return {"kty": "RSA", "n": text(numbers.n), "e": text(numbers.e)}
    if isinstance(key, ed25519.Ed25519PrivateKey):
        raw = base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).rstrip(b"=").decode()
        return {"kty": "OKP", "crv": "Ed25519", "x": raw}
    numbers = key.public_key().public_numbers()
    name = {256: "P-256", 384: "P-384", 521: "P-521"}[key.curve.key_size]
    return {"kty": "EC", "crv": name, "x": coordinate(numbers.x, key), "y": coordinate(numbers.y, key)}


@pytest.mark.parametrize("algorithm", KEYS)
def test_what_is_signed_can_be_verified(algorithm: str):
    key = KEYS[algorithm]
    head, claims, signature = client_assertion(pem(key), "me", "https://as.example", "k1").split(".")
    assert part(head) == {"alg": algorithm, "typ": "JWT", "kid": "k1"}
    said = part(claims)
    assert (said["iss"], said["sub"], said["aud"]) == ("me", "me", "https://as.example")
    assert said["iat"] <= clock.wall_ns() / 1e9 < said["exp"] <= said["iat"] + 300
    known = read_key_set(msgspec.json.encode({"keys": [public(key) | {"kid": "k1"}]}))
    proof = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    assert any(each.verifies(algorithm, f"{head}.{claims}".encode(), proof) for each in known)


def test_no_two_statements_are_alike():
    key = pem(KEYS["EdDSA"])
    assert client_assertion(key, "a", "b") != client_assertion(key, "a", "b")


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        pem(rsa.generate_private_key(65537, 1024)),
        pem(ec.generate_private_key(ec.SECP256K1())),
        pem(KEYS["ES256"], b"password"),
    ],
)
def test_what_must_not_sign_is_refused(text: str):
    with pytest.raises(ValueError, match=r"key|PEM|deserialize"):
        load_key(text)
