"""What counters must say, found by adding up everything that ever happened, anew every time."""

from collections.abc import Sequence
from fractions import Fraction
from math import floor
from typing import Any

from trigate.store.counter import Claim


class Oracle:
    def __init__(self) -> None:
        self.events: dict[tuple[str, int], list[tuple[int, int]]] = {}
        self.held: dict[Any, list[tuple[Claim, int, int]]] = {}

    def used(self, claim: Claim, now: int) -> Fraction:
        law, debt, last = claim.law, Fraction(0), 0
        events = self.events.get((claim.cell, claim.start), [])
        if law.algorithm == "bucket":
            for when, amount in [*events, (now, 0)]:
                debt = max(debt - Fraction((when - last) * law.capacity, law.length), Fraction(0)) + amount
                last = when
            return debt
        width = -(-law.length // 60) or 1
        return Fraction(sum(n for when, n in events if law.algorithm == "window" or when // width >= now // width - 60))

    def reserved(self, claim: Claim) -> int:
        return sum(n for held in self.held.values() for c, s, n in held if (c.cell, s) == (claim.cell, claim.start))

    def room(self, claim: Claim, now: int) -> int:
        return floor((claim.law.burst or claim.law.capacity) - self.used(claim, now)) - self.reserved(claim)

    def take(self, claims: Sequence[Claim], amounts: Sequence[int], now: int, lease: object) -> int | None:
        for index, (claim, amount) in enumerate(zip(claims, amounts, strict=True)):
            if claim.hard and amount and amount > self.room(claim, now):
                return index
        self.held[lease] = [(c, c.start, 0 if c.sure else n) for c, n in zip(claims, amounts, strict=True)]
        for claim, amount in zip(claims, amounts, strict=True):
            if claim.sure and claim.law.algorithm != "concurrency":
                self.events.setdefault((claim.cell, claim.start), []).append((now, amount))
        return None

    def settle(self, lease: object, held: Sequence[tuple[Claim, int, int]], used: Sequence[int], now: int) -> None:
        self.held.pop(lease, None)
        for (claim, start, _), amount in zip(held, used, strict=True):
            if not claim.sure and claim.law.algorithm != "concurrency" and amount:
                self.events.setdefault((claim.cell, start), []).append((now, amount))
