"""Whose word counts: the operator's, then the table's."""

from pathlib import Path

import pytest

from tests.llm.test_model_table import SMALL
from trigate.core.usage import Usage
from trigate.llm.fact_book import FactBook, open_table
from trigate.llm.fact_settings import FactSettings
from trigate.llm.model_facts import ModelFacts
from trigate.llm.providers.openai import OpenAI


def facts(provider: OpenAI, model: str) -> ModelFacts:
    found = FactBook({"p": provider}).facts("p", model)
    assert found is not None
    return found


def test_a_provider_is_known_by_its_address():
    assert facts(OpenAI(), "gpt-5.2").context == 400_000
    assert facts(OpenAI(base_url="https://api.groq.com/openai/v1"), "openai/gpt-oss-120b").context == 131_072


def test_of_a_server_of_ones_own_nothing_is_known():
    assert FactBook({"p": OpenAI(base_url="http://127.0.0.1:1/v1")}).facts("p", "gpt-5.2") is None


def test_a_proxy_may_be_listed_as_what_stands_behind_it():
    proxy = OpenAI(base_url="http://127.0.0.1:1/v1", listed_as="openai")
    assert facts(proxy, "gpt-5.2").context == 400_000


def test_the_operators_words_go_before_those_of_the_table():
    own = {"gpt-*": FactSettings(context=1000, can=["audio_input"], cannot=["tools"])}
    found = facts(OpenAI(facts=own), "gpt-5.2")
    assert (found.context, found.most_output) == (1000, 128_000)
    assert (found.can("audio_input"), found.can("tools"), found.can("reasoning")) == (True, False, True)


def test_a_model_of_ones_own_may_be_like_a_known_one_or_described_alone():
    server = {"mine": FactSettings(like="openai/gpt-5.2"), "other": FactSettings(most_input=7)}
    provider = OpenAI(base_url="http://127.0.0.1:1/v1", facts=server)
    assert facts(provider, "mine").context == 400_000
    assert facts(provider, "other").most_input == 7


def test_a_likeness_to_nothing_is_refused():
    with pytest.raises(ValueError, match="nothing is known of a model 'openai/nothing'"):
        FactBook({"p": OpenAI(facts={"a": FactSettings(like="openai/nothing")})})


def test_another_table_takes_the_place_of_the_built_in_one(tmp_path: Path):
    file = tmp_path / "models.json"
    file.write_bytes(SMALL)
    book = FactBook({"p": OpenAI(base_url="https://lab.test/v1")}, str(file))
    found, sheet = book.facts("p", "big"), book.sheet("p", "big")
    assert found is not None
    assert sheet is not None
    assert found.context == 200_000
    assert sheet.price().cost(Usage(output_tokens=1_000_000)) == 15_000_000_000


def test_a_file_that_is_no_table_is_named(tmp_path: Path):
    file = tmp_path / "models.json"
    file.write_bytes(b"{}")
    with pytest.raises(ValueError, match=r"models\.json: this is no table of models"):
        open_table(str(file))


def test_a_row_that_cannot_be_read_is_found_before_anybody_asks_for_it(tmp_path: Path):
    file = tmp_path / "models.json"
    file.write_bytes(SMALL.replace(b'"Big"', b"7"))
    with pytest.raises(ValueError, match="no table of models"):
        open_table(str(file))
