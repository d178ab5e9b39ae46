"""Secrets that upstreams quote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.settings import Secret
from trigate.outbound.secrecy import Striker, strike, telling

KEY = b"sk-canary/4711"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (b"bad key sk-canary/4711, sk-canary/4711!", "bad key •••, •••!"),
        (b'{"m":"sk-canary\\/4711"}', '{"m":"•••"}'),
        (b"bad key sk-canary/471", "bad key sk-canary/471"),
        (b"", ""),
    ],
)
def test_a_secret_is_struck_out_wherever_it_stands(said: bytes, told: str) -> None:
    assert strike(said, [KEY]).decode() == told


def test_what_is_too_short_to_be_told_from_words_stays() -> None:
    assert strike(b"a secret", [b"secret", b""]) == b"a secret"


def test_the_secrets_among_settings_are_known_by_their_names() -> None:
    settings = {
        "Authorization": Secret("Bearer abc"),
        "X-Api-Key": Secret("k1"),
        "LOG_LEVEL": Secret("debug"),
        "GITHUB_TOKEN": Secret("t1"),
    }
    assert telling(settings) == (b"Bearer abc", b"k1", b"t1", b"abc")


@given(st.lists(st.sampled_from([KEY, KEY[:5], KEY[5:], b"x", b"sk-"]), max_size=12), st.integers(1, 20))
def test_no_secret_passes_however_a_body_is_cut(parts: list[bytes], size: int) -> None:
    body, striker = b"".join(parts), Striker([KEY])
    passed = b"".join(striker.feed(body[at : at + size]) for at in range(0, len(body), size)) + striker.finish()
    assert passed == body.replace(KEY, b"*" * len(KEY))
