"""What callers say about the cache: understood or refused, and never more than the settings allow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.errors import BadRequest
from trigate.core.request import Request
from trigate.llm.cache.wish import NO_WISH, Wish, read_wish


def request(said: bytes | None = None, control: bytes | None = None) -> Request:
    fields = {} if control is None else {b"cache-control": control}
    wishes = {} if said is None else {b"cache": said}
    return Request(b"POST", b"/", b"/", b"", b"", list(fields.items()), fields, wishes=wishes)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (b"", NO_WISH),
        (b"off", Wish(reads=False, writes=False)),
        (b"refresh", Wish(reads=False)),
        (b"no-cache", Wish(reads=False)),
        (b"no-store", Wish(writes=False)),
        (b"ttl=60, namespace=a.b", Wish(ttl=60, namespace="a.b")),
        (b"max-age=0", Wish(age=0)),
        (b"refresh,,ttl=5,", Wish(reads=False, ttl=5)),
    ],
)
def test_a_wish_is_understood(said: bytes, meant: Wish):
    assert read_wish(request(said)) == meant


@pytest.mark.parametrize(
    "said", [b"on", b"ttl", b"ttl=0", b"ttl=-1", b"ttl=1e9", b"ttl=9999999999", b"namespace=", b"namespace=a/b", b"a=b"]
)
def test_what_is_no_wish_is_refused(said: bytes):
    with pytest.raises(BadRequest, match="x-trigate-cache"):
        read_wish(request(said))


def test_cache_control_means_what_it_means_to_any_cache_and_the_rest_of_it_is_left_alone():
    assert read_wish(request(control=b"No-Cache, max-age=5, no-transform, private=x")) == Wish(reads=False, age=5)
    assert read_wish(request()) is NO_WISH


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_nonsense_is_refused_or_means_something(said: bytes, control: bytes):
    try:
        wish = read_wish(request(said, control))
    except BadRequest:
        return
    assert wish.ttl > 0
    assert wish.age >= 0
    assert read_wish(request(control=control)) is not None
