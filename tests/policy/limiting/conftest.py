"""Every test of limits may hold the clock."""

from collections.abc import Iterator

import pytest

from tests.policy.limiting.stage import held_clock


@pytest.fixture(autouse=True)
def clock_is_given_back() -> Iterator[None]:
    with held_clock():
        yield
