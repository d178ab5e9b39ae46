"""Rates as they are written."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from tests.policy.limiting.stage import Stage, held_clock, only, rate, run
from trigate.core.errors import RateReached
from trigate.core.settings import Duration
from trigate.store.counter import Claim, Law, Taken
from trigate.store.shared_tally import SharedTally
from trigate.store.table_file import MEMORY

MINUTE = 60 * 10**9


def test_the_algorithm_makes_the_law() -> None:
    assert only(rate(requests=9)).law == Law("bucket", 9, MINUTE)
    assert only(rate(requests=9, burst=2)).law == Law("bucket", 9, MINUTE, 2)
    assert only(rate(requests=9, algorithm="sliding")).law == Law("sliding", 9, MINUTE)
    fixed = only(rate(requests=9, algorithm="fixed"))
    assert fixed.law == Law("window", 9)
    assert fixed.window is not None


def test_several_amounts_are_several_numbers_with_names_of_their_own() -> None:
    quotas = rate(name="chat", requests=1, tokens=1000, usd=Decimal("0.5")).quotas()
    assert [(quota.name, quota.law.capacity) for quota in quotas] == [
        ("chat.requests", 1),
        ("chat.tokens", 1000),
        ("chat.usd", 500_000_000),
    ]


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ({}, "write an amount"),
        ({"requests": 0}, "more than 0"),
        ({"tokens": -1}, "more than 0"),
        ({"tokens": 10**18}, "less than a billion billions"),
        ({"requests": 1, "burst": 10**18}, "burst"),
        ({"requests": 1, "window": Duration(101 * 366 * 86400)}, "at most 100 years"),
        ({"requests": 1, "window": Duration(0)}, "at least 1ms"),
        ({"requests": 1, "burst": 0}, "burst"),
        ({"requests": 1, "burst": 5, "algorithm": "fixed"}, "burst"),
        ({"requests": 1, "tokens": 1, "burst": 5}, "burst"),
        ({"usd": Decimal(1), "burst": 5}, "burst"),
        ({"usd": Decimal("0.0000000001")}, "9 decimals"),
        ({"usd": Decimal("1e10")}, "billion"),
        ({"usd": Decimal(1), "unknown_price": Decimal(-1)}, "unknown_price"),
        ({"tokens": 1, "unbounded": 0}, "unbounded"),
        ({"requests": 1, "name": "a b"}, "name consists of"),
        ({"requests": 1, "scopes": "key key"}, "twice"),
        ({"requests": 1, "on": "chat"}, "neither a lane"),
    ],
)
def test_what_makes_no_sense_is_refused(written: dict[str, Any], problem: str) -> None:
    scopes = written.pop("scopes", "")
    with pytest.raises(ValueError, match=problem):
        rate(scopes, **written)


@pytest.mark.parametrize("algorithm", ["bucket", "sliding", "fixed"])
def test_no_window_admits_more_than_it_should(algorithm: str) -> None:
    with held_clock():
        stage = Stage(rate(requests=10, window=Duration(10), algorithm=algorithm))
        admitted: list[float] = []

        async def knock() -> None:
            for _ in range(600):
                stage.pass_time(0.05)
                try:
                    await run(stage, stage.call())
                    admitted.append(stage.steady)
                except RateReached:
                    pass

        asyncio.run(knock())
        spans = [sum(1 for each in admitted if start <= each < start + 10) for start in admitted]
        assert max(spans) <= {"bucket": 20, "sliding": 10, "fixed": 20}[algorithm]
        assert len(admitted) >= {"bucket": 39, "sliding": 29, "fixed": 30}[algorithm]


def test_the_largest_there_are_can_be_counted_in_shared_memory() -> None:
    path = MEMORY / f"trigate-test-{uuid4().hex}"
    century = Duration(36_525 * 86_400)
    try:
        for number, algorithm in enumerate(("bucket", "sliding", "fixed")):
            law = only(rate(tokens=10**18 - 1, window=century, algorithm=algorithm)).law
            tally = SharedTally(path, 10)
            for _ in range(2):
                taken = tally.take([Claim(str(number), law)], [10**18 // 3], 1_800_000_000 * 10**9)
                assert isinstance(taken, Taken)
                tally.settle(taken.lease, [10**18 // 3], 1_800_000_001 * 10**9)
    finally:
        path.unlink()
