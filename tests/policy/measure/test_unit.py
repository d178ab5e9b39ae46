"""What is counted of a call."""

import pytest

from trigate.core.demand import Demand
from trigate.core.usage import Usage
from trigate.policy.measure.unit import UNITS, UnitName


class Tariff:
    def most(self, input_tokens: int, output_tokens: int) -> int:
        return 3 * input_tokens + 7 * output_tokens


DEMAND = Demand(10, 20, 4, 5, tool_calls=2, tariff=Tariff())
USAGE = Usage(1, 2, 4, 32, 8, 16, tool_calls=3, bytes_in=100, bytes_out=1000, cost=99)


@pytest.mark.parametrize(
    ("name", "most", "likely", "used"),
    [
        ("requests", 1, 1, 1),
        ("tokens", 30, 9, 63),
        ("input_tokens", 10, 4, 39),
        ("output_tokens", 20, 5, 24),
        ("tool_calls", 2, 2, 3),
        ("bytes", 1, 1, 1100),
        ("usd", 170, 47, 99),
    ],
)
def test_each_unit_knows_the_most_the_likely_and_the_used(name: UnitName, most: int, likely: int, used: int) -> None:
    unit = UNITS[name]
    assert (unit.most(DEMAND), unit.likely(DEMAND), unit.used(USAGE)) == (most, likely, used)
    assert unit.constant in (0, used)
    longer = Demand(10, 21, 4, 5, tool_calls=2, tariff=Tariff())
    assert (unit.most(longer) > most) is unit.grows


def test_an_unknown_price_is_no_amount() -> None:
    assert UNITS["usd"].most(Demand(1, 1, tariff=None)) == UNITS["usd"].likely(Demand(1, 1, tariff=None)) == 0
