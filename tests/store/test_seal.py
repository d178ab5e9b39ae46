"""Sealing: only the right key in the right place opens it, and nothing changed passes."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.errors import VaultSealed
from trigate.store.seal import seal, unseal

KEY = bytes(range(32))


@given(st.binary(max_size=200), st.lists(st.text(), max_size=3))
def test_what_was_sealed_comes_back(content: bytes, place: list[str]):
    assert unseal(KEY, seal(KEY, content, *place), *place) == content


@given(st.lists(st.text(max_size=3), max_size=3), st.lists(st.text(max_size=3), max_size=3))
def test_it_opens_in_its_own_place_only(place: list[str], other: list[str]):
    sealed = seal(KEY, b"x", *place)
    if place != other:
        with pytest.raises(VaultSealed):
            unseal(KEY, sealed, *other)


@given(st.integers(0, 33), st.integers(1, 255))
def test_no_changed_byte_passes(at: int, change: int):
    sealed = bytearray(seal(KEY, b"12345", "a"))
    sealed[at] ^= change
    with pytest.raises(VaultSealed):
        unseal(KEY, bytes(sealed), "a")


@given(st.binary(max_size=40))
def test_anything_else_is_refused(sealed: bytes):
    with pytest.raises(VaultSealed):
        unseal(KEY, sealed, "a")


def test_another_key_opens_nothing_and_the_error_shows_nothing():
    with pytest.raises(VaultSealed) as told:
        unseal(os.urandom(32), seal(KEY, b"canary", "a"), "a")
    assert "canary" not in str(told.value)


def test_the_same_is_never_sealed_alike():
    assert len({seal(KEY, b"x", "a") for _ in range(100)}) == 100
