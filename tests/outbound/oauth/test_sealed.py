"""What others carry opens only as what it was made for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from trigate.outbound.oauth.sealed import Sealer


class Thing(Struct):
    name: str


SEALER = Sealer(b"k" * 32)


def test_what_is_sealed_is_opened_by_whoever_has_the_key_for_the_same_purpose():
    text = SEALER.seal(Thing("a"), "p")
    assert Sealer(b"k" * 32).open(text, Thing, "p") == Thing("a")
    assert SEALER.open(text, Thing, "q") is None
    assert Sealer(b"l" * 32).open(text, Thing, "p") is None
    assert text != SEALER.seal(Thing("a"), "p")
    assert SEALER.open(SEALER.seal("a", "p"), Thing, "p") is None


@pytest.mark.parametrize("text", ["", "a", "ä", "A" * 20, "A" * 9000, "!!!!"])
def test_anything_else_opens_as_nothing(text: str):
    assert SEALER.open(text, Thing, "p") is None


@given(st.integers(0, 30), st.characters(codec="ascii"))
def test_no_letter_can_be_changed(at: int, letter: str):
    text = SEALER.seal(Thing("a"), "p")
    changed = text[:at] + letter + text[at + 1 :]
    assert (SEALER.open(changed, Thing, "p") is None) == (changed != text)
