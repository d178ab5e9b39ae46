"""A path is read in one way only, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.errors import BadRequest
from trigate.llm.passthrough.place import LONGEST, read_place


@pytest.mark.parametrize(
    ("address", "provider", "path"),
    [
        (b"/passthrough/openai/files", "openai", b"/files"),
        (b"/passthrough/openai/", "openai", b"/"),
        (b"/passthrough/g/v1/models/a%3Ab:tune", "g", b"/v1/models/a%3Ab:tune"),
        (b"/passthrough/p/a.b/..c/d..", "p", b"/a.b/..c/d.."),
    ],
)
def test_plain_paths_go_on_as_they_are(address: bytes, provider: str, path: bytes):
    place = read_place(address)
    assert place is not None
    assert (place.provider, place.path, place.resource) == (provider, path, f"provider/{provider}{path.decode()}")


@pytest.mark.parametrize("address", [b"/passthrough/openai", b"/passthrough", b"/v1/models", b"/"])
def test_other_addresses_are_none(address: bytes):
    assert read_place(address) is None


@pytest.mark.parametrize(
    "path",
    [
        b"/a/../b", b"/a/./b", b"/..", b"/.", b"//a", b"/a//b", b"/a;b", b"/a\\b", b"/%2e%2e/b", b"/%2E%2E/b",
        b"/a%2Fb", b"/a%5Cb", b"/%66iles", b"/a%3ab", b"/a%00", b"/a%0A", b"/a%25", b"/a%2", b"/a%",
        b"/a b", b"/a\xff", b"/a#b",
        b"/" + b"a" * LONGEST,
    ],
)  # fmt: skip
def test_what_can_be_read_in_two_ways_is_refused(path: bytes):
    with pytest.raises(BadRequest):
        read_place(b"/passthrough/p" + path)


@given(st.binary(max_size=40))
def test_whatever_is_let_through_has_no_other_spelling(path: bytes):
    try:
        place = read_place(b"/passthrough/p/" + path)
    except BadRequest:
        return
    assert place is not None
    assert place.path == b"/" + path
    assert not {b"", b".", b".."} & set(path.split(b"/")[:-1])
    assert path.isascii()
