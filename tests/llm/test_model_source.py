"""From the data of models.dev to a table: what is taken over, and what is left out."""

import json
from typing import Any

import pytest

from trigate.core.usage import Usage
from trigate.llm.model_source import compile_table, read_api
from trigate.llm.model_table import ModelTable
from trigate.llm.price import Media

MODEL = {
    "id": "m", "reasoning": True, "tool_call": True, "structured_output": False, "release_date": "2026-01-02",
    "modalities": {"input": ["text", "audio", "smell"], "output": ["text"]},
    "limit": {"context": 1000, "input": 900, "output": 100},
    "cost": {"input": 0.1, "output": 2, "cache_read": 0.025, "input_audio": 7,
             "tiers": [{"tier": {"type": "context", "size": 500}, "input": 0.3, "output": 4}]},
}  # fmt: skip


def table(providers: dict[str, Any]) -> ModelTable:
    found = ModelTable(compile_table(read_api(json.dumps(providers).encode()), "s", "2026-01-02", "n"))
    found.check()
    return found


def lab(model: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"lab": {"api": "https://lab.test/v1", "models": {"m": model}, **more}}


def test_limits_modalities_and_capabilities_are_taken_over():
    facts = table(lab(MODEL)).facts("lab", "m")
    assert facts is not None
    assert (facts.context, facts.most_input, facts.most_output) == (1000, 900, 100)
    assert facts.input == {"text", "audio"}
    assert facts.capabilities == {"tools", "reasoning", "audio_input", "prompt_cache"}
    assert facts.can("structured_output") is False
    assert facts.can("sampling") is None
    assert facts.released == "2026-01-02"


def test_prices_stay_exact_and_keep_their_tiers():
    sheet = table(lab(MODEL)).sheet("lab", "m")
    assert sheet is not None
    price = sheet.price()
    assert price.cost(Usage(input_tokens=100)) == 100 * 100
    assert price.cost(Usage(input_tokens=100, cache_read_tokens=100)) == 100 * 100 + 100 * 25
    assert price.cost(Usage(input_tokens=501, output_tokens=1)) == 501 * 300 + 4000
    assert price.cost(Usage(input_tokens=10), Media(audio_input=10)) == 10 * 7000


@pytest.mark.parametrize("cost", [None, {}, {"input": 0, "output": 0}, {"output": 3}])
def test_a_model_that_is_said_to_cost_nothing_has_no_price(cost: Any):
    assert table(lab(MODEL | {"cost": cost})).sheet("lab", "m") is None


def test_what_is_not_told_is_not_known():
    facts = table(lab({})).facts("lab", "m")
    assert facts is not None
    assert (facts.context, facts.capabilities, facts.lacks) == (0, frozenset(), frozenset())


def test_a_provider_is_known_by_its_host_or_where_hosts_are_shared_by_its_path():
    two = {
        "one": {"api": "https://shared.test/v1", "models": {"m": MODEL}},
        "two": {"api": "https://shared.test/v1/plan", "models": {"m": MODEL}},
        "own": {"api": "https://own.test/v1", "models": {"m": MODEL}},
        "here": {"api": "http://127.0.0.1:1/v1", "models": {"m": MODEL}},
    }
    found = table(two)
    assert found.provider_at("https://shared.test/v1") == "one"
    assert found.provider_at("https://shared.test/v1/plan") == "two"
    assert found.provider_at("https://shared.test/v1beta") == ""
    assert found.provider_at("https://own.test/anthropic") == "own"
    assert found.provider_at("http://127.0.0.1:1/v1") == ""


def test_names_that_cannot_be_asked_for_are_left_out():
    found = table({"lab": {"models": {"a\nb": MODEL, "ok": MODEL, "": MODEL}}, "a b": {"models": {"m": MODEL}}})
    assert found.providers() == ["lab"]
    assert [each.id for each in found.rows("lab")] == ["ok"]


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"a": 1}', b'{"a": {"models": []}}', b"[" * 100_000])
def test_what_is_not_such_data_is_refused(data: bytes):
    with pytest.raises(ValueError, match="this is not"):
        read_api(data)


def test_an_absurd_price_is_refused():
    with pytest.raises(ValueError, match="no price"):
        table(lab(MODEL | {"cost": {"input": -1, "output": 1}}))
