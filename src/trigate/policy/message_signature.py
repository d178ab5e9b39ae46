"""Signatures of requests (RFC 9421): what was signed, written again from the request, and the keys that prove it."""

import hmac
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Literal
from urllib.parse import quote_from_bytes

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from trigate.core.query import parameters
from trigate.core.request import Request
from trigate.core.settings import Secret, Settings
from trigate.policy.claim import LANES, LaneName
from trigate.policy.structured_field import InnerList, Item

Algorithm = Literal[
    "hmac-sha256", "ed25519", "ecdsa-p256-sha256", "ecdsa-p384-sha384", "rsa-pss-sha512", "rsa-v1_5-sha256"
]
LEAST_SECRET = 32
LEAST_RSA_BITS = 2048
_USER = "x-trigate-user"


class SignatureKey(Settings):
    """A key with which somebody signs requests."""

    algorithm: Algorithm
    """How it signs (RFC 9421 §6.2.2); a signature that names another one is refused."""
    secret: Secret | None = None
    """The shared secret of hmac-sha256, at least 32 bytes."""
    public_key: str = ""
    """The public key of the others, as PEM, best `${file:caller.pem}`."""
    user: str = ""
    """The person it belongs to."""
    agent: str = ""
    """The agent (service account) it belongs to."""
    team: str = ""
    """The team it belongs to."""
    organisation: str = ""
    """The organisation it belongs to."""
    roles: tuple[str, ...] = ()
    """Roles."""
    lanes: tuple[LaneName, ...] = LANES
    """The lanes it may use."""
    may_act_for_users: bool = False
    """Whether it may name the end user it acts for in `x-trigate-user`, which must be signed, too."""

    def __post_init__(self) -> None:
        verifier(self)


Verify = Callable[[bytes, bytes], bool]


def verifier(key: SignatureKey) -> Verify:
    """Tells whether a signature is this key's over some bytes; raises ValueError if key and algorithm do not fit."""
    if key.algorithm == "hmac-sha256":
        if key.secret is None or key.public_key or len(key.secret.reveal().encode()) < LEAST_SECRET:
            raise ValueError(f"hmac-sha256 needs a `secret` of at least {LEAST_SECRET} bytes, and no `public_key`")
        return _shared(key.secret.reveal().encode())
    if key.secret is not None or not key.public_key:
        raise ValueError(f"{key.algorithm} needs a `public_key`, and no `secret`")
    try:
        public: Any = load_pem_public_key(key.public_key.encode())
    except ValueError:
        raise ValueError("`public_key` is not a public key in PEM") from None
    return _public(key.algorithm, public)


def _shared(secret: bytes) -> Verify:
    return lambda signed, signature: hmac.compare_digest(hmac.digest(secret, signed, "sha256"), signature)


def _public(algorithm: str, public: Any) -> Verify:
    check: Callable[[bytes, bytes], object]
    match algorithm, public:
        case "ed25519", ed25519.Ed25519PublicKey():
            check = lambda signed, signature: public.verify(signature, signed)  # noqa: E731
        case "ecdsa-p256-sha256", ec.EllipticCurvePublicKey(curve=ec.SECP256R1()):
            check = _elliptic(public, 32, hashes.SHA256())
        case "ecdsa-p384-sha384", ec.EllipticCurvePublicKey(curve=ec.SECP384R1()):
            check = _elliptic(public, 48, hashes.SHA384())
        case "rsa-pss-sha512", rsa.RSAPublicKey():
            check = _rsa(public, padding.PSS(padding.MGF1(hashes.SHA512()), 64), hashes.SHA512())
        case "rsa-v1_5-sha256", rsa.RSAPublicKey():
            check = _rsa(public, padding.PKCS1v15(), hashes.SHA256())
        case _:
            raise ValueError(f"the public key is not one for {algorithm}")
    return lambda signed, signature: _holds(check, signed, signature)


def _elliptic(public: ec.EllipticCurvePublicKey, size: int, digest: Any) -> Callable[[bytes, bytes], object]:
    def check(signed: bytes, signature: bytes) -> None:
        if len(signature) != 2 * size:  # r and s side by side (RFC 9421 §3.3.4)
            raise InvalidSignature
        pair = (int.from_bytes(signature[:size]), int.from_bytes(signature[size:]))
        public.verify(encode_dss_signature(*pair), signed, ec.ECDSA(digest))

    return check


def _rsa(public: rsa.RSAPublicKey, filled: Any, digest: Any) -> Callable[[bytes, bytes], object]:
    if public.key_size < LEAST_RSA_BITS:
        raise ValueError(f"an RSA key needs at least {LEAST_RSA_BITS} bits")
    return lambda signed, signature: public.verify(signature, signed, filled, digest)


def _holds(check: Callable[[bytes, bytes], object], signed: bytes, signature: bytes) -> bool:
    try:
        check(signed, signature)
    except InvalidSignature:
        return False
    return True


def signature_base(request: Request, covered: InnerList) -> bytes:
    """What was signed (RFC 9421 §2.5), by the request as it came; raises ValueError for what cannot be signed here."""
    lines, seen = list[bytes](), set[str]()
    for item in covered.items:
        if item.text in seen or not isinstance(item.value, str):
            raise ValueError("a component comes twice")
        seen.add(item.text)
        lines.append(f"{item.text}: ".encode() + _component(request, item.value, item))
    lines.append(f'"@signature-params": {covered.text}'.encode())
    return b"\n".join(lines)


def names(covered: InnerList) -> frozenset[str]:
    """The components that are covered as a whole."""
    return frozenset(str(item.value) for item in covered.items if not item.parameters)


def _component(request: Request, name: str, item: Item) -> bytes:
    if name == "@query-param" and set(item.parameters) == {"name"}:
        return _query_parameter(request, str(item.parameters["name"]))
    if item.parameters:
        raise ValueError("parameters of components are not spoken here")
    if name in _DERIVED:
        return _DERIVED[name](request)
    if name != name.lower() or name.startswith("@"):
        raise ValueError("a component that is not spoken here")
    if name == _USER and request.user:
        return request.user
    values = [value.strip() for field, value in request.headers if field == name.encode()]
    if not values:
        raise ValueError("a field that is not there")
    return b", ".join(values)


def _authority(request: Request) -> bytes:
    """Without the port if it is the scheme's own (RFC 9421 §2.2.3)."""
    usual = {b"http": b":80", b"https": b":443"}.get(request.scheme, b"")
    return request.authority.removesuffix(usual)


_DERIVED: dict[str, Callable[[Request], bytes]] = {
    "@method": lambda request: request.method,
    "@authority": _authority,
    "@scheme": lambda request: request.scheme,
    "@path": lambda request: request.path,
    "@query": lambda request: b"?" + request.query,
    "@request-target": lambda request: request.target,
    "@target-uri": lambda request: b"%b://%b%b" % (request.scheme, _authority(request), request.target),
}
"""RFC 9421 §2.2."""


def _query_parameter(request: Request, name: str) -> bytes:
    """RFC 9421 §2.2.8: decoded and encoded again, and only if it is there once."""
    values = parameters(request.query, name.encode())
    if len(values) != 1:
        raise ValueError("a query parameter that is not there once")
    return quote_from_bytes(values[0], safe="*-._").encode()


def nonce_digest(key_id: str, nonce: str) -> bytes:
    """What is kept of a nonce."""
    return sha256(f"{len(key_id)}:{key_id}{nonce}".encode()).digest()
