"""Slips: found while they hold, and taken once."""

import pytest

from trigate.core.errors import NameConflict
from trigate.store.login import Slip, digest_slip
from trigate.store.slip_row import drop_slip, drop_slips, extend_slip, find_slip, put_slip, take_slip
from trigate.store.store import Store


def put(store: Store, secret: str = "s", expires: int = 100, most: int = 0, now: int = 0) -> bytes:
    digest = digest_slip("code", secret)
    with store.writing() as connection:
        put_slip(connection, Slip(kind="code", digest=digest, expires=expires, body=b"{}"), most, now)
    return digest


def test_a_slip_is_found_until_it_expires(store: Store):
    digest = put(store)
    with store.writing() as connection:
        found = find_slip(connection, digest, 99)
        assert found is not None
        assert (found.kind, found.body) == ("code", b"{}")
        assert find_slip(connection, digest, 100) is None
        extend_slip(connection, digest, 200)
        assert find_slip(connection, digest, 100) is not None
        assert find_slip(connection, digest_slip("code", "other"), 0) is None


def test_whoever_comes_second_sees_that_it_was_taken(store: Store):
    digest = put(store)
    seen: list[int] = []
    for now in (7, 8):
        with store.writing() as connection:
            found = take_slip(connection, digest, now)
        assert found is not None
        seen.append(found.taken)
    assert seen == [0, 7]
    with store.writing() as connection:
        assert take_slip(connection, digest, 100) is None


def test_a_digest_is_kept_once(store: Store):
    put(store)
    with pytest.raises(NameConflict):
        put(store)


def test_there_is_an_end_to_how_many_of_a_kind_hold(store: Store):
    put(store, "a", most=2)
    put(store, "b", most=2)
    with pytest.raises(NameConflict, match="too many"):
        put(store, "c", expires=99, most=2)
    put(store, "c", most=2, now=100)  # the others have expired


def test_strangers_who_make_many_shut_out_nobody(store: Store):
    used, first, second = put(store, "used", expires=500, most=3), put(store, "a"), put(store, "b", expires=101)
    last = put(store, "c", expires=102, most=3)
    with store.reading() as connection:
        found = [find_slip(connection, each, 0) is not None for each in (used, first, second, last)]
    assert found == [True, False, True, True]


def test_what_is_dropped_is_gone(store: Store):
    digest = put(store)
    with store.writing() as connection:
        assert drop_slip(connection, digest) is True
        assert drop_slip(connection, digest) is False


def test_those_of_one_user_are_dropped_and_no_others(store: Store):
    with store.writing() as connection:
        for number, user in enumerate(("ada", "ada", "bob", "")):
            digest = digest_slip("session", str(number))
            put_slip(connection, Slip(kind="session", digest=digest, expires=100, user=user))
        assert drop_slips(connection, "ada") == 2
        left = [find_slip(connection, digest_slip("session", str(number)), 0) for number in range(4)]
        assert [each.user for each in left if each is not None] == ["bob", ""]
