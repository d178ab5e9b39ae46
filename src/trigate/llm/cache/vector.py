"""Embeddings small enough to be kept by the hundred, and compared without any library.

A number is one byte: that changes a cosine by about one ten-thousandth. Signs alone, as one long integer, find the few
candidates that are then compared in full.
"""

import math
from array import array
from collections.abc import Sequence
from operator import mul

from msgspec import Struct

MOST = 8192
"""Numbers of an embedding."""


class Vector(Struct, frozen=True):
    """The direction of an embedding."""

    values: bytes
    """One signed byte for each number, scaled so that the largest is 127."""
    signs: int
    """One bit for each number: set if it is positive."""
    length: float


def make_vector(numbers: Sequence[float]) -> Vector | None:
    """None for what has no direction."""
    largest = max(map(abs, numbers), default=0.0)
    if not 0 < largest < math.inf or len(numbers) > MOST:
        return None
    rounded = array("b", [round(each / largest * 127) for each in numbers])
    return read_vector(rounded.tobytes(), math.sqrt(sum(map(mul, rounded, rounded))))


def read_vector(values: bytes, length: float) -> Vector:
    """A vector as it is kept; what takes long to find out is kept with it."""
    return Vector(values, int.from_bytes(values.translate(_SIGNS), "big"), length)


def distance(one: Vector, other: Vector) -> int:
    """In how many signs they differ; cheap, and only good for finding candidates."""
    return (one.signs ^ other.signs).bit_count()


def cosine(one: Vector, other: Vector) -> float:
    """From -1 to 1; 0 for vectors of different models."""
    if len(one.values) != len(other.values):
        return 0.0
    product = sum(map(mul, array("b", one.values), array("b", other.values)))
    return product / (one.length * other.length)


_SIGNS = bytes(0 if each == 0 or each >= 128 else 1 for each in range(256))
"""Of each byte its sign, which takes a byte itself: eight times the room, and made in one step."""
