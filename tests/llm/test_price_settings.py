"""Prices as operators write them."""

from decimal import Decimal
from typing import Any

import pytest

from trigate.core.usage import Usage
from trigate.llm.price import Media
from trigate.llm.price_settings import PriceSettings, PriceTier, nano


def written(**dollars: Any) -> PriceSettings:
    texts: dict[str, Any] = {name: Decimal(each) if isinstance(each, str) else each for name, each in dollars.items()}
    return PriceSettings(**texts)


def cost(price: PriceSettings, **counts: Any) -> int:
    return price.sheet().price().cost(Usage(**counts))


def test_dollars_per_million_tokens_become_nano_dollars_exactly():
    price = written(input="2.50", output="10", cache_read="0.125")
    assert cost(price, input_tokens=1_000_000) == 2_500_000_000
    assert cost(price, output_tokens=3) == 30_000
    assert cost(price, cache_read_tokens=8) == 1_000
    assert nano(Decimal("0.000000001")) == 1


def test_what_is_left_out_costs_what_it_is_a_kind_of():
    price = written(input="2", output="8")
    assert cost(price, cache_read_tokens=1) == cost(price, cache_write_tokens=1) == cost(price, input_tokens=1) == 2000
    assert cost(price, reasoning_tokens=1) == cost(price, output_tokens=1) == 8000
    assert price.sheet().price().cost(Usage(input_tokens=2, output_tokens=2), Media(2, 2)) == 20_000


def test_every_kind_may_have_its_own_price():
    price = written(input="1", output="2", cache_read="3", cache_write="4", reasoning="5", audio_input="6",
                    audio_output="7", request="0.01")  # fmt: skip
    usage = Usage(input_tokens=1, cache_read_tokens=1, cache_write_tokens=1, output_tokens=1, reasoning_tokens=1)
    assert price.sheet().price().cost(usage) == 10_000_000 + 15_000
    assert price.sheet().price().cost(usage, Media(1, 1)) == 10_000_000 + 25_000


def test_a_tier_keeps_the_prices_it_does_not_change():
    above = {400: PriceTier(output=Decimal(9)), 200: PriceTier(input=Decimal(4))}
    price = written(input="2", output="8", cache_read="1", above=above)
    assert cost(price, input_tokens=200) == 400_000
    assert cost(price, input_tokens=201, output_tokens=1) == 201 * 4000 + 8000
    assert cost(price, input_tokens=401, output_tokens=1) == 401 * 4000 + 9000
    assert cost(price, cache_read_tokens=401) == 401_000


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"input": "-1"}, "input: a price is at least 0"),
        ({"input": "1", "output": "1000001"}, "output: a price is at least 0 and at most"),
        ({"input": "0.0000000001"}, "at most nine digits"),
        ({"input": "1", "request": "-0.1"}, "request"),
        ({"input": "1", "above": {0: PriceTier()}}, "more than 0"),
    ],
)
def test_a_price_that_cannot_be_meant_is_refused(given: dict[str, Any], complaint: str):
    with pytest.raises(ValueError, match=complaint):
        written(**given)


def test_a_tiers_price_is_checked_too():
    with pytest.raises(ValueError, match="cache_read"):
        PriceTier(cache_read=Decimal(-1))


def test_what_is_no_tokens_has_a_price_of_its_own():
    price = written(input="1", image="0.04", characters="15", minute="0.006", searches="2").sheet().price()
    assert price.fee({"images": 2}) == 80_000_000
    assert price.fee({"characters": 1000}) == 15_000_000
    assert price.fee({"milliseconds": 60_000}) == 6_000_000
    assert price.fee({"searches": 1, "images": 1}) == 42_000_000
    assert written(input="1").sheet().price().fee({"images": 1}) is None
    assert written(input="0").sheet().price().fee({"images": 1}) == 0
    with pytest.raises(ValueError, match="image"):
        written(input="1", image="-1")


def test_images_and_searches_of_the_web_have_prices_of_their_own():
    price = PriceSettings(
        input=Decimal(1), output=Decimal(2), image_input=Decimal(3), image_output=Decimal(30), web_searches=Decimal(10)
    ).sheet().price()  # fmt: skip
    usage = Usage(input_tokens=2, output_tokens=2)
    assert price.cost(usage, Media(image_input=1, image_output=2)) == 1000 + 3000 + 2 * 30_000
    assert price.fee({"web_searches": 3}) == 30_000_000
    assert price.most(2, 2) == 2 * 3000 + 2 * 30_000


def test_asks_of_a_batch_may_have_prices_of_their_own():
    sheet = written(input="2", output="8", cache_read="1", batch=PriceTier(input=Decimal("0.5"))).sheet()
    assert sheet.batch is not None
    used = Usage(input_tokens=4, output_tokens=1, cache_read_tokens=1)
    assert (sheet.batch.cost(used), sheet.price().cost(used)) == (4 * 500 + 8000 + 1000, 4 * 2000 + 8000 + 1000)
    assert written(input="2").sheet().batch is None
