"""Tokens taken apart; their claims are tried in authenticators/test_jwt.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.issuer import SigningKey, segment
from trigate.core.errors import Unauthenticated
from trigate.policy.json_web_token import Expectation, looks_like_token, read_token

KEY = SigningKey("one")


def test_a_token_is_taken_apart_as_it_is_written() -> None:
    raw = KEY.token(sub="ada").encode()
    token = read_token(raw)
    assert (token.algorithm, token.key_id, token.claims["sub"]) == ("ES256", "one", "ada")
    assert raw.startswith(token.signed + b".")


@given(st.binary(max_size=200))
def test_noise_is_refused_as_such(raw: bytes) -> None:
    with pytest.raises(Unauthenticated):
        read_token(raw)


@given(st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "x"]), st.none() | st.integers() | st.text()))
def test_whatever_a_header_says_it_is_read_or_refused(header: dict[str, object]) -> None:
    try:
        token = read_token(f"{segment(header)}.{segment({})}.AAAA".encode())
    except Unauthenticated:
        return
    assert isinstance(token.algorithm, str)
    assert isinstance(token.key_id, str)


@given(st.dictionaries(st.sampled_from(["exp", "nbf", "iat", "iss", "aud"]), st.none() | st.floats() | st.text()))
def test_whatever_claims_say_they_hold_or_are_refused(claims: dict[str, object]) -> None:
    expected = Expectation("i", frozenset({"a"}), 0.0)
    try:
        until = expected.check(claims, 1000.0)
    except Unauthenticated:
        return
    assert until > 1000
    assert claims["iss"] == "i"
    assert claims["aud"] == "a"


def test_a_token_has_three_parts() -> None:
    assert looks_like_token(b"a.b.c")
    assert not looks_like_token(b"a.b")
    assert not looks_like_token(b"a.b.c.d.e")  # encrypted: RFC 7516
