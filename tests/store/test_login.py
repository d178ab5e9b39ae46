"""What is kept of a secret."""

from trigate.store.login import SLIP_BYTES, digest_slip


def test_a_secret_of_one_kind_is_none_of_another():
    digest = digest_slip("code", "secret")
    assert len(digest) == SLIP_BYTES
    assert digest != digest_slip("session", "secret")
    assert digest != digest_slip("code", "secret2")
    assert b"secret" not in digest
