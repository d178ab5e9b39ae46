"""Bodies and their digests."""

import base64
from hashlib import sha256, sha512

import pytest

from trigate.core.errors import PayloadTooLarge, Unauthenticated
from trigate.core.signal import Signal
from trigate.core.stream import NoIncoming, WholeIncoming
from trigate.policy.content_digest import body_check

SIGNAL = Signal(None)  # type: ignore[arg-type] - nobody waits here


def field(body: bytes, name: str = "sha-256") -> bytes:
    made = {"sha-256": sha256, "sha-512": sha512}[name](body).digest()
    return f"{name}=:{base64.b64encode(made).decode()}:".encode()


def whole(body: bytes) -> WholeIncoming:
    return WholeIncoming(SIGNAL, body)


@pytest.mark.parametrize("name", ["sha-256", "sha-512"])
async def test_the_body_that_was_meant_is_given_back_unread(name: str) -> None:
    checked = await body_check(field(b"hello", name), 100)(whole(b"hello"))
    assert isinstance(checked, WholeIncoming)
    assert checked.payload == b"hello"
    assert not checked.taken


async def test_any_other_body_is_refused() -> None:
    for body in (b"hullo", b"hello!", b""):
        with pytest.raises(Unauthenticated):
            await body_check(field(b"hello"), 100)(whole(body))


async def test_of_two_digests_the_better_one_counts() -> None:
    both = field(b"hello") + b", " + field(b"other", "sha-512")
    with pytest.raises(Unauthenticated):
        await body_check(both, 100)(whole(b"hello"))


async def test_no_body_has_a_digest_too() -> None:
    checked = await body_check(field(b""), 100)(NoIncoming(SIGNAL))
    assert isinstance(checked, NoIncoming)


async def test_a_body_that_is_too_long_is_not_held() -> None:
    with pytest.raises(PayloadTooLarge):
        await body_check(field(b"hello"), 4)(whole(b"hello"))


@pytest.mark.parametrize("value", [b"", b"md5=:AAAA:", b"sha-256=1", b"sha-256", b"\xff", b"sha-256=(:AAAA:)"])
def test_a_field_without_a_usable_digest_is_refused(value: bytes) -> None:
    with pytest.raises(Unauthenticated):
        body_check(value, 100)
