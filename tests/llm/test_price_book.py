"""Which price holds: the file's before the table's, the nearer before the wider."""

from decimal import Decimal
from typing import Any

import pytest

from trigate.core.usage import Usage
from trigate.llm.fact_book import FactBook
from trigate.llm.price_book import PriceBook, built_in
from trigate.llm.price_settings import PriceSettings
from trigate.llm.providers.openai import OpenAI
from trigate.llm.settings import LlmSettings

MILLION = Usage(input_tokens=10**6)


def dollars(amount: int) -> PriceSettings:
    return PriceSettings(input=Decimal(amount))


def book(provider: OpenAI | None = None, **more: Any) -> PriceBook:
    return PriceBook(LlmSettings(providers={"p": provider or OpenAI()}, **more))


def cost(books: PriceBook, model: str, own: PriceSettings | None = None) -> int | None:
    """Nano-dollars of a million tokens of input."""
    sheet = books.sheet("p", model, own)
    return None if sheet is None else sheet.price().cost(MILLION)


def test_a_providers_models_cost_what_the_table_says():
    assert cost(book(), "gpt-4o") == 2_500_000_000


def test_the_price_of_the_configured_model_goes_before_all():
    assert cost(book(OpenAI(prices={"*": dollars(5)})), "gpt-4o", dollars(7)) == 7 * 10**9


def test_the_first_glob_that_fits_goes_before_the_table():
    prices = {"gpt-4o": dollars(1), "gpt-*": dollars(2), "meta/*": dollars(3)}
    found = book(OpenAI(prices=prices))
    assert [cost(found, name) for name in ("gpt-4o", "gpt-4o-mini", "meta/llama/4")] == [10**9, 2 * 10**9, 3 * 10**9]
    assert cost(found, "o3") == 2_000_000_000


def test_a_server_of_ones_own_has_no_known_price():
    local = OpenAI(base_url="http://127.0.0.1:11434/v1")
    assert cost(book(local), "gpt-4o") is None
    assert cost(book(local, unknown_price="free"), "gpt-4o") == 0
    assert cost(book(local, unknown_price=dollars(4)), "gpt-4o") == 4 * 10**9


def test_a_proxy_may_be_priced_as_what_it_stands_for():
    proxy = OpenAI(base_url="https://models.example.com/v1", priced_as="anthropic")
    assert cost(book(proxy), "claude-opus-4-5") == 5_000_000_000


def test_a_provider_that_the_table_does_not_have_is_told_with_its_nearest():
    with pytest.raises(ValueError, match="provider 'p': no prices of 'antropic' are known; did you mean 'anthropic'"):
        book(OpenAI(priced_as="antropic"))


def test_the_table_is_read_once():
    assert built_in() is built_in()


def test_what_the_table_does_not_know_costs_what_the_second_source_says():
    provider = OpenAI(base_url="https://api.stepfun.com/v1")
    settings = LlmSettings(providers={"p": provider})
    books = PriceBook(settings, FactBook(settings.providers))
    assert cost(book(provider), "step-3.5-flash") is None
    assert cost(books, "step-3.5-flash") == 100_000_000
    assert cost(books, "no such model") is None
    written = LlmSettings(providers={"p": OpenAI(base_url=provider.base_url, prices={"*": dollars(5)})})
    assert cost(PriceBook(written, FactBook(written.providers)), "step-3.5-flash") == 5 * 10**9


def test_the_table_goes_before_the_second_source():
    settings = LlmSettings(providers={"p": OpenAI()})
    assert cost(PriceBook(settings, FactBook(settings.providers)), "gpt-4o") == 2_500_000_000
