"""Which target comes next: smooth weighted round robin."""

from collections.abc import Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Balance(Generic[T]):
    """Spreads calls by weight without bursts: each pick adds every weight and takes the total from the richest."""

    __slots__ = ("_current", "_items", "_orders", "_total", "_weights")

    def __init__(self, items: Sequence[T], weights: Sequence[int]) -> None:
        self._items = tuple(items)
        self._weights = tuple(weights)
        self._current = [0] * len(self._items)
        self._total = sum(self._weights)
        self._orders = [(item, *(other for other in self._items if other is not item)) for item in self._items]

    def order(self) -> Sequence[T]:
        """All targets, the one whose turn it is first; the others are for when it cannot be reached."""
        if len(self._items) == 1:
            return self._items
        best = 0
        for index, weight in enumerate(self._weights):
            self._current[index] += weight
            if self._current[index] > self._current[best]:
                best = index
        self._current[best] -= self._total
        return self._orders[best]
