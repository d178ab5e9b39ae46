"""Opinions in the spool: told apart from all other records, and what is none holds up nothing."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.store.record import record
from trigate.core.surroundings import PRIVATE
from trigate.store.opinion import Opinion, encode, read_opinions


@given(st.text(max_size=4000), st.integers(-(10**8), 10**8) | st.none())
def test_what_was_encoded_is_read(comment: str, score: int | None):
    said = Opinion(request="r", time=1, key="ci", score=score, comment=comment)
    (found,) = read_opinions([record("a"), encode(said)])
    assert msgspec.structs.replace(found, comment="") == msgspec.structs.replace(said, comment="")
    assert found.comment == comment.replace("\0", "\ufffd")


def test_no_log_shows_one():
    assert encode(Opinion(request="r", time=1, key="ci")).startswith(PRIVATE)


def test_what_is_none_is_left_out():
    assert read_opinions([PRIVATE + b'"kind":"other"}', PRIVATE, PRIVATE + b"\xff}", record("a")]) == []
