"""The rules of fields that both edges share."""

import pytest

from trigate.core.fields import HOP_BY_HOP, NEVER_TRAILING, dropped, is_token, is_value, may_trail, options


@pytest.mark.parametrize("name", [b"", b"a b", b"a:", b"a\r", b"\xe9", b"(a)", b"a/b", b"a\0"])
def test_a_name_is_a_token(name: bytes):
    assert not is_token(name)
    assert is_token(b"X-a_1!#$%&'*+.^`|~")


@pytest.mark.parametrize("value", [b"a\r", b"a\nb", b"\0", b"\x7f", b"\x0b"])
def test_a_value_has_no_control_character_but_tab(value: bytes):
    assert not is_value(value)
    assert is_value(b"a \t\xe9")
    assert is_value(b"")


def test_options_are_the_members_in_lower_case():
    assert options(b" Close ,, X-Hop\t,keep-alive") == {b"close", b"x-hop", b"keep-alive"}
    assert options(b"") == frozenset()


def test_what_connection_lists_is_dropped_besides_the_hop_by_hop_fields():
    assert dropped([(b"a", b"b")]) is HOP_BY_HOP
    listed = dropped([(b"connection", b"X-A"), (b"connection", b"x-b")])
    assert listed == HOP_BY_HOP | {b"x-a", b"x-b"}


def test_nothing_that_frames_or_authenticates_is_ever_a_trailer():
    assert {b"content-length", b"transfer-encoding", b"host", b"authorization", b"cookie"} <= NEVER_TRAILING


@pytest.mark.parametrize(
    "name",
    [
        *("api-key", "x-api-key", "x-goog-api-key", "x-amz-security-token", "authorization", "x-trigate-key"),
        *("forwarded", "via", "x-request-id", "x-real-ip", "x-forwarded-for", "x-forwarded-anything"),
    ],
)
def test_nothing_that_says_who_is_asking_may_trail(name: str):
    assert not may_trail(name.encode())
    assert may_trail(b"x-checksum")
