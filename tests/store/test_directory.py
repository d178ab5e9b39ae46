"""What is kept of a key's secret."""

from trigate.store.directory import DIGEST_BYTES, digest_secret


def test_a_digest_depends_on_the_whole_secret_and_on_the_pepper() -> None:
    secret = b"tg_" + b"x" * 40
    digest = digest_secret(bytes(32), secret)
    assert len(digest) == DIGEST_BYTES
    assert digest == digest_secret(bytes(32), secret)
    assert digest != digest_secret(bytes(31) + b"1", secret)
    assert digest != digest_secret(bytes(32), secret[:-1] + b"y")
    assert secret not in digest
