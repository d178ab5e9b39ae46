"""The table of models: every row of it, how names are found in it, and what is refused."""

import pytest

from trigate.core.usage import Usage
from trigate.llm.model_facts import CAPABILITIES
from trigate.llm.model_table import ModelTable, built_in, facts_of

SMALL = (
    b'{"source":"s","date":"2026-01-02","notice":"n","providers":{'
    b'"lab":{"address":"https://lab.test","models":['
    b'["Big",200000,0,64000,"tip","t","tRs","2026-01","beta",[{"tiers":[{"input":3000000000,"output":15000000000}]}]],'
    b'["small",1000]]},"other":{"address":"","models":[]}}}'
)


def test_the_built_in_table_holds_thousands_of_models_that_can_all_be_read():
    assert built_in().check() >= 5_000
    assert len({row.id.lower() for each in built_in().providers() for row in built_in().rows(each)}) >= 2_000
    assert len(built_in().providers()) >= 140
    assert built_in().source.startswith("models.dev")
    assert built_in().date == "2026-07-02"


def test_a_row_says_what_a_model_takes_and_can_do():
    facts = ModelTable(SMALL).facts("lab", "big")
    assert facts is not None
    assert (facts.context, facts.most_input, facts.most_output) == (200_000, 0, 64_000)
    assert facts.input == {"text", "image", "pdf"}
    assert facts.capabilities == {"tools", "structured_output", "vision", "file_input"}
    assert facts.can("reasoning") is False
    assert facts.can("sampling") is None
    assert (facts.released, facts.status) == ("2026-01", "beta")
    assert facts.capabilities | facts.lacks <= CAPABILITIES.keys()


def test_a_row_may_end_early():
    facts = ModelTable(SMALL).facts("lab", "small")
    assert facts is not None
    assert facts.context == 1000
    assert not facts.capabilities | facts.lacks


def test_known_models_are_as_their_makers_describe_them():
    claude = facts_of("anthropic", "claude-sonnet-4-5")
    assert claude is not None
    assert (claude.context, claude.most_output) == (200_000, 64_000)
    assert {"tools", "reasoning", "vision", "file_input", "prompt_cache"} <= claude.capabilities
    assert claude.can("audio_input") is False


@pytest.mark.parametrize(
    ("provider", "model", "found"),
    [
        ("anthropic", "claude-sonnet-4-5-20250929", "claude-sonnet-4-5-20250929"),
        ("openai", "gpt-5.2-2025-12-11", "gpt-5.2"),
        ("openai", "GPT-5.2", "gpt-5.2"),
        ("amazon-bedrock", "jp.anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("google-vertex-anthropic", "claude-opus-4-1@20250805", "claude-opus-4-1@20250805"),
        ("google-vertex-anthropic", "claude-opus-4-6", "claude-opus-4-6@default"),
        ("google-vertex", "claude-opus-4-6", "claude-opus-4-6@default"),
        ("openrouter", "anthropic/claude-sonnet-4.5:nitro", "anthropic/claude-sonnet-4.5"),
        ("helicone", "anthropic/claude-sonnet-4-5", "claude-sonnet-4-5"),
    ],
)
def test_a_name_is_found_with_what_places_and_routers_add_to_it(provider: str, model: str, found: str):
    row = built_in().row(provider, model)
    assert row is not None
    assert row.id.lower() == found


def test_what_is_not_there_is_not_guessed():
    assert facts_of("openai", "gpt") is None
    assert facts_of("nobody", "gpt-5.2") is None
    assert facts_of("openai", "nobody/gpt-5.2") is None


def test_a_price_holds_for_the_very_name_alone():
    table = ModelTable(SMALL)
    sheet = table.sheet("lab", "BIG")
    assert sheet is not None
    assert sheet.price().cost(Usage(input_tokens=1_000_000)) == 3_000_000_000
    assert table.sheet("lab", "small") is None
    assert table.sheet("lab", "big:free") is None
    assert table.sheet("nobody", "big") is None


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://api.z.ai/api/paas/v4", "zai"),
        ("https://api.z.ai/api/coding/paas/v4", "zai-coding-plan"),
        ("https://api.deepseek.com/v1", "deepseek"),
        ("https://bedrock-runtime.eu-central-1.amazonaws.com", "amazon-bedrock"),
        ("https://mine.openai.azure.com/openai/v1", "azure"),
        ("https://api.deepseek.com.evil.example/v1", ""),
        ("http://127.0.0.1:1234/v1", ""),
    ],
)
def test_a_provider_is_known_by_its_address(address: str, name: str):
    assert built_in().provider_at(address) == name


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        SMALL.replace(b"200000", b'"many"'),
        SMALL.replace(b"tip", b"xyz"),
        SMALL.replace(b'"address":""', b'"pattern":"("'),
        SMALL.replace(b'"input":3000000000', b'"input":"3"'),
    ],
)
def test_what_is_no_table_is_refused(data: bytes):
    with pytest.raises(ValueError, match="no table of models"):
        ModelTable(data).check()
