"""Questions by what they mean: the nearest one is found, and never more are kept than may be."""

import random

from hypothesis import given
from hypothesis import strategies as st

from trigate.llm.cache.partition import Known, Partition
from trigate.llm.cache.vector import Vector, cosine, make_vector


def drawn(seed: int, size: int = 64) -> Vector:
    source = random.Random(seed)
    vector = make_vector([source.gauss(0, 1) for _ in range(size)])
    assert vector is not None
    return vector


def filled(count: int, most: int = 1000, ends: float = 100.0) -> Partition:
    partition = Partition(None, 0)
    for seed in range(count):
        vector = drawn(seed)
        partition.add(Known(f"k{seed}", ends + seed, vector.values, vector.length), vector, most)
    return partition


def test_the_same_question_is_found_among_many_and_after_it_was_kept():
    partition = Partition(filled(150).write(), 0)
    for seed in (0, 77, 149):
        found = partition.nearest(drawn(seed), 0.99)
        assert found is not None
        assert found[0] == f"k{seed}"
        assert found[1] > 0.999


def test_nothing_near_enough_is_nothing():
    assert filled(50).nearest(drawn(999), 0.9) is None
    assert Partition(None, 0).nearest(drawn(1), 0.5) is None
    assert filled(5).nearest(drawn(1, size=32), 0.5) is None


def test_what_has_ended_is_not_found():
    partition = Partition(filled(5, ends=100).write(), 102.5)
    assert len(partition) == 2
    assert partition.nearest(drawn(1), 0.9) is None
    assert partition.nearest(drawn(4), 0.9) is not None


@given(st.integers(1, 12), st.integers(1, 30))
def test_the_oldest_go_first(most: int, count: int):
    partition = filled(count, most)
    assert len(partition) == min(most, count)
    assert partition.nearest(drawn(count - 1), 0.99) is not None
    if count > most and abs(cosine(drawn(0), drawn(count - 1))) < 0.9:
        assert partition.nearest(drawn(0), 0.99) is None


def test_a_question_that_is_answered_anew_is_there_once():
    partition = filled(3)
    vector = drawn(1)
    partition.add(Known("k1", 500.0, vector.values, vector.length), vector, 1000)
    assert len(partition) == 3


@given(st.binary(max_size=40))
def test_nonsense_holds_nothing(raw: bytes):
    assert len(Partition(raw, 0)) == 0
