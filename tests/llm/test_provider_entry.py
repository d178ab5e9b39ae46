"""The catalogue: every file of it can be used, and says where it is from."""

import re

import pytest

from trigate.llm.model_table import built_in as models
from trigate.llm.price_book import built_in as prices
from trigate.llm.provider_entry import ProviderEntry, listed_names, read_entry
from trigate.llm.providers.openai import PATHS

DATE = re.compile(r"20\d\d-\d\d-\d\d").fullmatch
NAMES = listed_names()


def test_there_are_more_than_a_hundred_providers():
    assert len(NAMES) >= 150
    assert sum(not read_entry(name).local for name in NAMES) >= 100
    assert len({read_entry(name).base_url for name in NAMES if not read_entry(name).local}) >= 100


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_names_its_source_and_stands_on_its_own(name: str):
    entry = read_entry(name)
    assert entry.title
    assert DATE(entry.date)
    assert entry.docs.startswith("https://")
    assert entry.source.startswith("https://")
    assert entry.local == entry.base_url.startswith(("http://127.0.0.1:", "http://localhost:"))
    assert entry.local or entry.base_url.startswith("https://")
    assert set(re.findall(r"\{(\w+)\}", entry.base_url)) == entry.places.keys()
    assert entry.speaks
    assert {*entry.paths, *entry.lacks} <= PATHS.keys()
    assert all(each.startswith("/") for each in [*entry.paths.values(), entry.root or "/"])
    assert not entry.base_url.endswith("/")


@pytest.mark.parametrize("name", NAMES)
def test_the_tables_it_is_looked_up_in_know_it(name: str):
    entry = read_entry(name)
    assert not entry.priced_as or entry.priced_as in prices().providers()
    assert not entry.listed_as or entry.listed_as in models().providers()


def test_an_address_is_made_for_one_account():
    entry = ProviderEntry(
        title="x", base_url="https://{a}.test/{b}", docs="d", source="s", date="d", places={"a": "", "b": ""}
    )
    assert entry.address({"a": "one", "b": "two"}) == "https://one.test/two"


@pytest.mark.parametrize("name", ["", "nobody", "../groq", "groq.toml", "GROQ"])
def test_what_is_not_in_the_catalogue_is_not_looked_for(name: str):
    with pytest.raises(LookupError):
        read_entry(name)
