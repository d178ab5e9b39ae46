"""One form of a path, for the route and for the service."""

from urllib.parse import unquote_to_bytes

from hypothesis import given
from hypothesis import strategies as st

from trigate.api.path import normalise

PATHS = st.lists(st.sampled_from([b"/", b"a", b"%61", b"%2f", b"%2F", b"%7e", b"%zz", b"%25", b"%e9", b"-", b"%3d"]))


def test_what_need_not_be_encoded_is_decoded() -> None:
    assert normalise(b"/%61dmin/%7Eme", merge_slashes=False) == b"/admin/~me"


def test_an_encoded_slash_stays_data() -> None:
    assert normalise(b"/a%2fb", merge_slashes=True) == b"/a%2Fb"


def test_doubled_slashes_are_merged_only_if_asked() -> None:
    assert normalise(b"//a///b", merge_slashes=True) == b"/a/b"
    assert normalise(b"//a", merge_slashes=False) == b"//a"


@given(PATHS.map(b"".join))
def test_normalising_twice_changes_nothing_more(path: bytes) -> None:
    once = normalise(path, merge_slashes=True)
    assert normalise(once, merge_slashes=True) == once


@given(PATHS.map(b"".join))
def test_a_service_decodes_the_same_bytes_from_both_forms(path: bytes) -> None:
    assert unquote_to_bytes(normalise(path, merge_slashes=False)) == unquote_to_bytes(path)
