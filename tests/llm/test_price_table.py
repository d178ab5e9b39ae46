"""The built-in table: every entry of it, and whether it says what its source says."""

import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from genai_prices import Usage as TheirUsage
from genai_prices.data import providers

from trigate.core.clock import clock
from trigate.core.usage import Usage
from trigate.llm.price_table import FILE, PriceTable, is_match, read_sheet

TABLE = PriceTable()
NANO = 10**9
SIZES = (1_000, 300_000, 1_200_000)


def names(clause: object) -> Iterator[str]:
    """Texts in the description of a model's names, as examples of them."""
    for key, value in vars(clause).items():
        if isinstance(value, list):
            for each in value:
                yield from names(each)
        elif key != "regex":
            yield value


def cost(provider: str, model: str, *services: str, **counts: Any) -> int | None:
    sheet = TABLE.sheet(provider, model)
    return None if sheet is None else sheet.price(services).cost(Usage(**counts))


@pytest.mark.parametrize("provider", TABLE.providers())
def test_every_entry_can_be_read_and_costs_something_or_is_free(provider: str):
    for row in TABLE._index(provider).rows:  # pyright: ignore[reportPrivateUsage]
        price = read_sheet(row.periods).price()
        usage = Usage(input_tokens=10**6, output_tokens=10**6)
        assert 0 <= price.cost(usage) <= price.most(10**6, 10**6) < 10**6 * NANO


@pytest.mark.parametrize("provider", providers, ids=[each.id for each in providers])
def test_every_name_costs_what_its_source_says(provider: Any):
    if provider.id not in TABLE.providers():
        return
    now = datetime.now(UTC)
    for model in provider.models:
        for name in {model.id, *names(model.match)}:
            theirs = provider.find_model(name, all_providers=providers)
            sheet = TABLE.sheet(provider.id, name)
            price = None if theirs is None else theirs.get_prices(now)
            assert (sheet is not None) == ("input_mtok" in vars(price) if price else False)
            if sheet is not None:
                compare(price, sheet.price(), SIZES if name == model.id else SIZES[:1])


def compare(theirs: Any, ours: Any, sizes: tuple[int, ...]) -> None:
    for size in sizes:
        written = 50 if theirs.cache_write_mtok else 0
        thought = 30 if theirs.output_reasoning_mtok else 0
        counts = {"input_tokens": size, "output_tokens": 700, "cache_read_tokens": 100}
        counts |= {"cache_write_tokens": written} if written else {}
        counts |= {"output_reasoning_tokens": thought} if thought else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected: Decimal = theirs.calc_price(TheirUsage(**counts))["total_price"]
        usage = Usage(
            input_tokens=size - 100 - written,
            cache_read_tokens=100,
            cache_write_tokens=written,
            output_tokens=700 - thought,
            reasoning_tokens=thought,
        )
        assert abs(Decimal(ours.cost(usage)) - expected * NANO) <= 1


@pytest.mark.parametrize(
    ("provider", "model", "into", "cached", "out"),
    [
        ("openai", "gpt-5.2", 1_750_000_000, 175_000_000, 14_000_000_000),
        ("openai", "gpt-5.2-20251211", 1_750_000_000, 175_000_000, 14_000_000_000),
        ("openai", "GPT-5.2", 1_750_000_000, 175_000_000, 14_000_000_000),
        ("azure", "gpt-5.2", 1_750_000_000, 175_000_000, 14_000_000_000),
        ("anthropic", "claude-opus-4-1-20250805", 15_000_000_000, 1_500_000_000, 75_000_000_000),
        ("anthropic", "claude-opus-4-5-20251101", 5_000_000_000, 500_000_000, 25_000_000_000),
        ("openai", "text-embedding-3-small", 20_000_000, 20_000_000, 0),
    ],
)  # fmt: skip
def test_published_prices_per_million_tokens(provider: str, model: str, into: int, cached: int, out: int):
    million = 10**6
    assert cost(provider, model, input_tokens=1000) == into // 1000
    assert cost(provider, model, cache_read_tokens=1000) == cached // 1000
    assert cost(provider, model, output_tokens=million) == out
    assert cost(provider, model, reasoning_tokens=million) == out


def test_a_cache_write_of_anthropics_costs_a_quarter_more_than_input():
    assert cost("anthropic", "claude-opus-4-5", cache_write_tokens=1000) == 6_250_000


def test_long_prompts_of_gemini_go_by_the_higher_tier():
    assert cost("google", "gemini-2.5-pro", input_tokens=200_000, output_tokens=1000) == 250_000_000 + 10_000_000
    assert cost("google", "gemini-2.5-pro", input_tokens=200_001, output_tokens=1000) == 500_002_500 + 15_000_000


def test_a_service_of_another_price_is_known():
    assert cost("openai", "gpt-5.2", "service_tier=priority", input_tokens=1000) == 3_500_000
    assert cost("openai", "gpt-5.2", "service_tier=flex", input_tokens=1000) == 875_000
    assert cost("openai", "gpt-5.2", "service_tier=default", input_tokens=1000) == 1_750_000


def test_peak_hours_of_deepseek_are_dearer(monkeypatch: pytest.MonkeyPatch):
    def at(hour: int) -> int | None:
        monkeypatch.setattr(clock, "wall_ns", lambda: (20_800 * 24 + hour) * 3600 * NANO)
        return cost("deepseek", "deepseek-v4-flash", output_tokens=1000)

    assert [at(hour) for hour in (0, 1, 5, 7, 12)] == [600_000, 1_200_000, 600_000, 1_200_000, 600_000]


@pytest.mark.parametrize(
    ("provider", "model"),
    [("openai", "gpt-17"), ("openai", ""), ("openai", "gpt-5.2-20251399"), ("google", "gemini-2.5-pro-preview-tts-x")],
)
def test_what_is_not_known_has_no_price(provider: str, model: str):
    assert TABLE.sheet(provider, model) is None


@pytest.mark.parametrize(
    ("address", "provider"),
    [
        ("https://api.openai.com/v1", "openai"),
        ("https://me.openai.azure.com/openai/v1", "azure"),
        ("https://generativelanguage.googleapis.com/v1beta/openai", "google"),
        ("https://openrouter.ai/api/v1", "openrouter"),
        ("http://127.0.0.1:11434/v1", ""),
        ("https://example.com/?https://api.openai.com", ""),
    ],
)
def test_a_provider_is_known_by_its_address(address: str, provider: str):
    assert TABLE.provider_at(address) == provider


@pytest.mark.parametrize(
    ("clause", "fits", "fits_not"),
    [
        (["=", "a"], "a", "ab"),
        (["^", "a"], "ab", "ba"),
        (["$", "a"], "ba", "ab"),
        (["*", "a"], "bab", "b"),
        (["~", "^a+$"], "aa", "ab"),
        (["|", ["=", "a"], ["=", "b"]], "b", "c"),
        (["&", ["^", "a"], ["$", "b"]], "ab", "a"),
    ],
)
def test_names_are_matched_as_described(clause: list[Any], fits: str, fits_not: str):
    assert is_match(clause, fits)
    assert not is_match(clause, fits_not)


def test_an_unknown_description_is_no_silent_mismatch():
    with pytest.raises(ValueError, match="describes no names"):
        is_match(["?", "a"], "a")


def test_the_source_and_its_licence_stand_in_the_table():
    assert TABLE.source.startswith("genai-prices ")
    assert "MIT License" in FILE.read_text(encoding="utf-8")[:1000]


def test_a_batch_has_a_price_where_the_table_has_one():
    found = TABLE.batch("openrouter", "qwen/qwen3.7-plus")
    assert found is not None
    assert found.cost(Usage(input_tokens=1000)) < (cost("openrouter", "qwen/qwen3.7-plus", input_tokens=1000) or 0)
    assert TABLE.batch("openai", "gpt-5.2") is None
