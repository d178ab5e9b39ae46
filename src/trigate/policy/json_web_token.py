"""JSON Web Tokens in compact form (RFC 7515, RFC 7519), with everything refused that could be read in two ways."""

import math
from typing import Any

from msgspec import Struct

from trigate.core.errors import Unauthenticated
from trigate.policy.strict_json import read_base64url, read_object

LARGEST = 16 * 1024
"""Bytes of a token."""
LONGEST_ID = 256
TYPES = ("", "jwt", "at+jwt")
"""Meanings of `typ` that a token for access may have (RFC 8725 §3.11); logout, event and proof tokens have others."""


class Token(Struct, frozen=True):
    """A token taken apart; nothing in it is to be believed before its signature was verified."""

    algorithm: str
    key_id: str
    signed: bytes
    signature: bytes
    claims: dict[str, Any]


def looks_like_token(value: bytes) -> bool:
    """Whether it has the three parts of a signed token."""
    return value.count(b".") == 2


def read_token(raw: bytes, types: tuple[str, ...] = TYPES) -> Token:
    """Raises Unauthenticated; `types` are the meanings that `typ` may have.

    `jku`, `x5u`, `jwk` and `x5c` are never looked at: whoever makes a token does not choose the key that proves it.
    """
    if len(raw) > LARGEST:
        raise refusal("it is too large")
    try:
        head, payload, signature = raw.split(b".")
        header = read_object(read_base64url(head))
        claims = read_object(read_base64url(payload))
        proof = read_base64url(signature)
    except ValueError:
        raise refusal("it cannot be read") from None
    _check_header(header, types)
    return Token(header["alg"], header.get("kid", ""), raw[: raw.rindex(b".")], proof, claims)


def _check_header(header: dict[str, Any], types: tuple[str, ...]) -> None:
    if "crit" in header or "b64" in header or "zip" in header or "enc" in header:  # RFC 7515 §4.1.11, RFC 7797 §6
        raise refusal("it asks for an extension that is not spoken here")
    key_id = header.get("kid", "")
    if not isinstance(header.get("alg"), str) or not isinstance(key_id, str) or len(key_id) > LONGEST_ID:
        raise refusal("its header names neither algorithm nor key as it should")
    type_ = header.get("typ", "")
    if not isinstance(type_, str) or type_.lower().removeprefix("application/") not in types:
        raise refusal("it is a token for something else")


class Expectation(Struct, frozen=True):
    """What must be true of a token's claims."""

    issuer: str
    """Exactly this one; empty: any."""
    audiences: frozenset[str]
    """One of these; empty: any."""
    leeway: float
    """Seconds by which clocks may differ."""

    def check(self, claims: dict[str, Any], now: float) -> float:
        """Until when the token is good, leeway included (wall-clock seconds, RFC 7519 §4.1); raises Unauthenticated."""
        until = _moment(claims, "exp")
        if until is None:
            raise refusal("it does not say when it expires")
        if until + self.leeway <= now:
            raise refusal("it has expired")
        if (_moment(claims, "nbf") or 0) - self.leeway > now or (_moment(claims, "iat") or 0) - self.leeway > now:
            raise refusal("it is not valid yet")
        if self.issuer and claims.get("iss") != self.issuer:
            raise refusal("it comes from another issuer")
        if self.audiences and not self.audiences & _audiences(claims):
            raise refusal("it is meant for somebody else")
        return until + self.leeway


def _moment(claims: dict[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None and name not in claims:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e11 or math.isnan(value):
        raise refusal(f"its `{name}` is not a moment")
    return float(value)


def _audiences(claims: dict[str, Any]) -> frozenset[str]:
    value: Any = claims.get("aud")
    listed: list[Any] = value if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownVariableType]
    if not all(isinstance(each, str) for each in listed):
        raise refusal("its `aud` is neither a text nor a list of texts")
    return frozenset(listed)


def refusal(reason: str) -> Unauthenticated:
    """RFC 6750 §3.1; says what is wrong with the token, and nothing of what it holds."""
    described = f'Bearer realm="trigate", error="invalid_token", error_description="{reason.replace(chr(96), "")}"'
    return Unauthenticated(f"the token is not accepted: {reason}", headers=((b"www-authenticate", described.encode()),))
