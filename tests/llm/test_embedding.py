"""Texts to be embedded, and vectors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.llm.embedding import EmbeddingAsk, pack, tell_lost, texts_of, unpack, vectors_of, whole_number
from trigate.llm.error import InvalidParameter, NotPortable
from trigate.llm.loss import Losses


@given(st.lists(st.floats(width=32, allow_nan=False)))
def test_what_is_packed_is_unpacked(vector: list[float]):
    assert unpack(pack(vector)) == vector


def test_the_packing_is_openais():
    assert pack([1.0, -2.0]) == "AACAPwAAAMA="
    assert vectors_of(["AACAPwAAAMA=", [1, 2]]) == [[1.0, -2.0], [1.0, 2.0]]


@pytest.mark.parametrize("vector", ["AAC", "?", ["x"], None])
def test_what_is_no_vector_is_known(vector: object):
    with pytest.raises((TypeError, ValueError)):
        vectors_of([vector])


def test_texts_are_one_or_many():
    assert texts_of("a", "input") == ["a"]
    assert texts_of(["a", "b"], "input") == ["a", "b"]
    with pytest.raises(NotPortable):
        texts_of([1, 2], "input")
    for value in (None, [], {}):
        with pytest.raises(InvalidParameter):
            texts_of(value, "input")


def test_numbers_are_whole():
    assert (whole_number(3, "n"), whole_number(None, "n")) == (3, None)
    for value in (0, 1.5, "3", True):
        with pytest.raises(InvalidParameter):
            whole_number(value, "n")


def test_what_no_other_knows_is_told():
    losses = Losses()
    tell_lost(EmbeddingAsk(texts=["a"], lost=["user"]), losses)
    assert [each.field for each in losses.found()] == ["user"]
