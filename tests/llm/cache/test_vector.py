"""Embeddings in one byte a number: cosines stay what they were, and signs find the nearest."""

import math
import random

from hypothesis import given
from hypothesis import strategies as st

from trigate.llm.cache.vector import MOST, Vector, cosine, distance, make_vector, read_vector

NUMBERS = st.lists(st.floats(-1, 1), min_size=8, max_size=8)


def made(numbers: list[float]) -> Vector:
    vector = make_vector(numbers)
    assert vector is not None
    return vector


def exact(one: list[float], other: list[float]) -> float:
    product = sum(a * b for a, b in zip(one, other, strict=True))
    return product / math.hypot(*one) / math.hypot(*other)


def drawn(seed: int, size: int = 1536) -> list[float]:
    return [random.Random(f"{seed}-{n}").gauss(0, 1) for n in range(size)]


def test_a_cosine_is_what_it_was_but_for_a_thousandth():
    base, other = drawn(1), drawn(2)
    for part in (0.0, 0.05, 0.2, 0.5, 1.0):
        mixed = [(1 - part) * a + part * b for a, b in zip(base, other, strict=True)]
        assert abs(cosine(made(base), made(mixed)) - exact(base, mixed)) < 0.001


@given(NUMBERS)
def test_a_vector_is_nearest_to_itself_and_comes_back_as_it_was(numbers: list[float]):
    vector = make_vector(numbers)
    if vector is None:
        assert not any(numbers)
        return
    assert abs(cosine(vector, vector) - 1) < 1e-9
    assert distance(vector, vector) == 0
    assert read_vector(vector.values, vector.length) == vector


@given(NUMBERS, NUMBERS)
def test_a_cosine_is_one(one: list[float], other: list[float]):
    if (a := make_vector(one)) and (b := make_vector(other)):
        assert -1.0000001 <= cosine(a, b) <= 1.0000001
        assert cosine(a, b) == cosine(b, a)


def test_what_has_no_direction_is_no_vector():
    for numbers in ([], [0.0, 0.0], [math.inf, 1.0], [math.nan, math.inf], [1.0] * (MOST + 1)):
        assert make_vector(numbers) is None


def test_the_smallest_numbers_have_a_direction_too():
    assert made([5e-324, 0.0]) == made([1.0, 0.0])


def test_vectors_of_different_models_have_nothing_to_do_with_each_other():
    assert cosine(made([1.0, 0.0]), made([1.0, 0.0, 0.0])) == 0


def test_signs_tell_near_from_far():
    base = drawn(3)
    near = made([each + 0.1 * noise for each, noise in zip(base, drawn(4), strict=True)])
    assert distance(made(base), near) < distance(made(base), made(drawn(5)))
