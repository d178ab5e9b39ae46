"""Key sets: what is a public key for signatures, and for which algorithm."""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

from tests.policy.issuer import SigningKey, key_set
from trigate.policy.json_web_key import MOST_TRIED, TYPES, fitting, read_key_set

RSA = SigningKey("r", "RS256")
EC = SigningKey("e", "ES256")
ED = SigningKey("d", "EdDSA")


def one(**changes: Any) -> bytes:
    jwk = {**EC.jwk, **changes}
    return json.dumps({"keys": [{name: value for name, value in jwk.items() if value is not None}]}).encode()


def test_every_key_serves_its_own_algorithms_and_no_other() -> None:
    keys = read_key_set(key_set(RSA, EC, ED).encode())
    served = {key.id: {name for name in (*TYPES, "HS256", "none", "") if key.serves(name)} for key in keys}
    assert served == {"r": {"RS256"}, "e": {"ES256"}, "d": {"EdDSA"}}
    (free,) = read_key_set(json.dumps({"keys": [{**RSA.jwk, "alg": None}]}).encode())
    assert {name for name in TYPES if free.serves(name)} == {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}


def test_a_signature_is_proved_by_its_key_alone() -> None:
    (key,) = read_key_set(key_set(EC).encode())
    signed, _, signature = EC.token().rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    assert key.verifies("ES256", signed.encode(), raw)
    assert not key.verifies("ES256", signed.encode() + b"x", raw)
    assert not key.verifies("ES384", signed.encode(), raw)
    assert not key.verifies("ES256", signed.encode(), b"")
    assert not key.verifies("ES256", signed.encode(), bytes(64))


@pytest.mark.parametrize(
    "changes",
    [
        {"use": "enc"},
        {"key_ops": ["sign"]},
        {"kty": "oct", "k": "AAAA"},
        {"kty": "RSA"},
        {"crv": "P-999"},
        {"crv": "secp256k1"},
        {"x": "AAAA"},
        {"x": None},
        {"x": 7},
        {"kty": ["EC"]},
    ],
)
def test_what_cannot_verify_a_signature_is_left_out(changes: dict[str, Any]) -> None:
    assert read_key_set(one(**changes)) == ()


def test_a_private_half_that_slipped_in_is_ignored() -> None:
    private = OKPAlgorithm.to_jwk(ED.private, as_dict=True)
    (key,) = read_key_set(json.dumps({"keys": [private]}).encode())
    assert not hasattr(key.material, "sign")


@pytest.mark.parametrize("bits", [1024, 16384])
def test_weak_and_costly_keys_are_left_out(bits: int) -> None:
    if bits < 2048:
        jwk = RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, bits).public_key(), as_dict=True)
    else:
        jwk = RSAAlgorithm.to_jwk(rsa.RSAPublicNumbers(65537, (1 << bits) - 1).public_key(), as_dict=True)
    assert read_key_set(json.dumps({"keys": [jwk]}).encode()) == ()


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"keys": {}}', b'{"keys": [], "keys": []}'])
def test_what_is_no_set_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whichever it is
        read_key_set(text)


def test_a_token_without_key_id_is_tried_with_few_keys_only() -> None:
    keys = read_key_set(json.dumps({"keys": [{**EC.jwk, "kid": str(number)} for number in range(200)]}).encode())
    assert len(fitting(keys, "ES256", "")) == MOST_TRIED
    assert [key.id for key in fitting(keys, "ES256", "7")] == ["7"]
    assert fitting(keys, "RS256", "7") == ()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*EC.jwk, "n", "e", "key_ops"]), inner),
    max_leaves=8,
)


@given(st.lists(_JSON, max_size=4))
def test_whatever_a_set_holds_it_is_read_or_left_out(keys: list[Any]) -> None:
    read_key_set(json.dumps({"keys": keys}).encode())
