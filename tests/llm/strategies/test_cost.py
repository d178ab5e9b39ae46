"""The cheapest first."""

from decimal import Decimal

from tests.llm.troupe import ask_of, call_of, candidate, names
from trigate.llm.price_settings import PriceSettings
from trigate.llm.sheet import Sheet
from trigate.llm.strategies.cost import Cost


def sheet(into: str, out: str) -> Sheet:
    return PriceSettings(input=Decimal(into), output=Decimal(out)).sheet()


TALKER = candidate("talker/1", sheet=sheet("0.1", "10"))
READER = candidate("reader/2", sheet=sheet("1", "1"))
UNKNOWN = candidate("unknown/3")


def order_of(**members: object) -> list[str]:
    targets = [UNKNOWN, TALKER, READER]
    order = Cost().open("smart", targets)
    assert order is not None
    return names(order(call_of(), ask_of(**members), targets))


def test_what_is_cheapest_depends_on_the_ask():
    assert order_of(max_completion_tokens=1000) == ["reader/2", "talker/1", "unknown/3"]
    long = [{"role": "user", "content": "x" * 80_000}]
    assert order_of(max_completion_tokens=10, messages=long) == ["talker/1", "reader/2", "unknown/3"]
