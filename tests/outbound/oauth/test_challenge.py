"""What servers say when they turn a request away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.outbound.oauth.challenge import Challenge, read_challenge, scopes

METADATA = "https://s.example/.well-known/x"


def read(*values: str) -> Challenge:
    return read_challenge([(b"www-authenticate", each.encode("latin-1")) for each in values])


@pytest.mark.parametrize(
    "value",
    [
        f'Bearer error="invalid_token", scope="a b", resource_metadata="{METADATA}"',
        f'bearer realm="x", resource_metadata="{METADATA}",scope="a b" , error=invalid_token',
        f'Basic realm="Bearer, a=\\"z\\"", Bearer error="invalid_token", scope="a b", resource_metadata="{METADATA}"',
        f'Bearer error="invalid_token", scope="a b", resource_metadata="{METADATA}", Basic realm="y", scope="z"',
        f'Bearer scope="a b", scope="z", error="invalid_token", resource_metadata="{METADATA}"',
    ],
)
def test_a_challenge_is_read_however_it_is_written(value: str):
    assert read(value) == Challenge("invalid_token", "a b", METADATA)


@pytest.mark.parametrize("value", ["", "Basic realm=x", "Bearer", "Bearer " + "a" * 9000, 'Digest scope="a"', "=,=,"])
def test_where_nothing_is_wanted_nothing_is_read(value: str):
    assert read(value) == Challenge()


def test_the_first_one_for_a_bearer_token_counts():
    assert read('Basic realm="x"', 'Bearer scope="a"', 'Bearer scope="b"').scope == "a"
    assert Challenge(error="insufficient_scope").wants_more


@pytest.mark.parametrize(("text", "found"), [("a b", {"a", "b"}), ("", set()), ("a  b", set()), ('a"b', set())])
def test_a_list_of_scopes_is_one_or_none(text: str, found: set[str]):
    assert scopes(text) == found


@given(st.text())
def test_nothing_that_is_said_is_too_odd(text: str):
    read(text.encode("utf-8").decode("latin-1"))
