"""Statements of a Google service account."""

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from trigate.outbound.google_key import KeyFile, load_key


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_a_statement_says_who_asks_whom_for_what() -> None:
    key = rsa.generate_private_key(65537, 2048)
    statement = KeyFile("gate@project", pem(key), token_uri="https://t.example").assertion("a b")
    claims = jwt.decode(statement, key.public_key(), ["RS256"], audience="https://t.example")
    assert (claims["iss"], claims["scope"]) == ("gate@project", "a b")
    assert "sub" not in claims
    assert "kid" not in jwt.get_unverified_header(statement)


def test_a_key_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="RSA"):
        load_key(pem(ec.generate_private_key(ec.SECP256R1())))
