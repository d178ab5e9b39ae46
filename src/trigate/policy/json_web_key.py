"""Public keys of token issuers (RFC 7517), each good for the algorithms of its own type and for no other."""

from hashlib import sha256
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from jwt.algorithms import get_default_algorithms
from jwt.api_jwk import PyJWK
from jwt.exceptions import PyJWTError
from msgspec import Struct

from trigate.policy.strict_json import read_object

_ALGORITHMS = get_default_algorithms()
_EDWARDS = ("Ed25519", "Ed448")
TYPES: dict[str, tuple[str, tuple[str, ...]]] = {
    **{f"{family}{bits}": ("RSA", ()) for family in ("RS", "PS") for bits in (256, 384, 512)},
    "ES256": ("EC", ("P-256",)),
    "ES384": ("EC", ("P-384",)),
    "ES512": ("EC", ("P-521",)),
    "EdDSA": ("OKP", _EDWARDS),
}
"""Key type and curves of each asymmetric algorithm (RFC 7518 §3.1, RFC 8037 §3.1)."""
MOST_KEYS = 64
MOST_TRIED = 8
"""Keys that a token without key id is tried with."""
LEAST_RSA_BITS = 2048
"""RFC 7518 §3.3."""
LARGEST_RSA_BITS = 8192
"""Larger ones would cost more time than a stranger's token is worth."""
_PUBLIC = ("kty", "n", "e", "crv", "x", "y")


class PublicKey(Struct, frozen=True):
    """One key of a set."""

    id: str
    type: str
    curve: str
    algorithm: str
    """The only algorithm it is meant for, empty if the set does not say."""
    digest: bytes
    """Of the key itself."""
    material: Any

    def serves(self, algorithm: str) -> bool:
        """Whether a signature by `algorithm` can be this key's."""
        type_, curves = TYPES.get(algorithm, ("", ()))
        return (
            self.type == type_
            and (not curves or self.curve in curves)
            and self.algorithm in ("", algorithm, self.curve if algorithm == "EdDSA" else algorithm)
        )

    def verifies(self, algorithm: str, signed: bytes, signature: bytes) -> bool:
        """Whether `signature` is this key's over `signed`."""
        return self.serves(algorithm) and _ALGORITHMS[algorithm].verify(signed, self.material, signature)


def read_key_set(text: bytes) -> tuple[PublicKey, ...]:
    """The keys of a JWK Set (RFC 7517 §5) that can verify signatures; others are left out, secret ones always.

    Raises ValueError if it is no set.
    """
    keys: Any = read_object(text).get("keys")
    if not isinstance(keys, list):
        raise ValueError("a key set has a list `keys`")
    found = (_read(each) for each in keys[:MOST_KEYS])  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return tuple(key for key in found if key is not None)


def fitting(keys: tuple[PublicKey, ...], algorithm: str, key_id: str) -> tuple[PublicKey, ...]:
    """The keys that a token which names this algorithm and key id may be signed by, so few that all can be tried."""
    found = [key for key in keys if key.serves(algorithm) and (not key.id or key_id in ("", key.id))]
    return tuple(found[:MOST_TRIED])


def _read(jwk: Any) -> PublicKey | None:
    stated: dict[str, Any] = jwk if isinstance(jwk, dict) else {}  # pyright: ignore[reportUnknownVariableType]
    if stated.get("kty") not in ("RSA", "EC", "OKP"):
        return None
    operations: Any = stated.get("key_ops", ["verify"])
    if stated.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        return None
    public = {name: stated[name] for name in _PUBLIC if name in stated}
    curve = str(public.get("crv", ""))
    algorithm = next((name for name, (type_, curves) in TYPES.items() if _fits(public, curve, type_, curves)), "")
    material = _material(public, algorithm) if algorithm else None
    if material is None:
        return None
    key_id, meant_for = _text(stated.get("kid")), _text(stated.get("alg"))
    return PublicKey(key_id, public["kty"], curve, meant_for, _digest(public), material)


def _fits(public: dict[str, Any], curve: str, type_: str, curves: tuple[str, ...]) -> bool:
    return public["kty"] == type_ and (not curves or curve in curves)


def _material(public: dict[str, Any], algorithm: str) -> Any:
    try:
        material = PyJWK(public, algorithm).key
    except (PyJWTError, ValueError, TypeError, UnsupportedAlgorithm):
        return None
    if public["kty"] == "RSA" and not LEAST_RSA_BITS <= material.key_size <= LARGEST_RSA_BITS:
        return None
    return material


def _digest(public: dict[str, Any]) -> bytes:
    return sha256(repr(sorted(public.items())).encode("utf-8", "surrogatepass")).digest()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
