"""Certificates that cannot be read; the others are tried in authenticators/test_client_certificate.py."""

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from trigate.policy.certificate import Entry, Holder, find_holder

ANYBODY = (Entry(Holder(common_name="*", user="x")),)


@given(st.binary(max_size=200))
def test_noise_is_nobody_s_certificate(noise: bytes) -> None:
    assert find_holder(ANYBODY, noise, sha256(noise).digest()) is None
