"""Providers of the catalogue as kinds."""

from typing import Any

import pytest

from trigate.core import kinds
from trigate.core.settings import Secret
from trigate.llm.listed_provider import ListedProvider, listed_kind
from trigate.llm.provider import Provider
from trigate.llm.provider_entry import listed_names, read_entry
from trigate.llm.providers.openai import OpenAI


def made(name: str, **keys: Any) -> ListedProvider:
    return listed_kind(name)(api_key=Secret("key-1"), **keys)


def test_one_is_found_like_any_kind():
    found = kinds.find(Provider, "groq")
    assert issubclass(found, OpenAI)
    assert kinds.name_of(found) == "groq"
    assert found is kinds.find(Provider, "groq")
    assert "groq" in kinds.every(Provider)
    assert "groq" not in kinds.names(Provider)


def test_no_entry_has_the_name_of_a_kind_with_code():
    assert not set(kinds.names(Provider)) & set(listed_names())


@pytest.mark.parametrize("name", listed_names())
def test_every_one_can_be_configured_and_asked_in_what_it_speaks(name: str):
    provider = made(name, **dict.fromkeys(read_entry(name).places, "my-1"))
    assert "{" not in provider.origin()
    for dialect in provider.dialects():
        path = provider.path(dialect, "m", streamed=True)
        assert path is not None
        assert path.startswith(b"/")
    others = {"openai_chat", "openai_responses", "anthropic_messages"} - set(provider.dialects())
    assert not any(provider.path(each, "m", streamed=False) for each in others)


def test_the_catalogue_says_what_holds_by_default():
    provider = made("groq")
    assert provider.origin() == "https://api.groq.com/openai/v1"
    assert provider.credentials() == [(b"authorization", b"Bearer key-1")]
    assert provider.max_tokens_field == "max_completion_tokens"
    assert (provider.priced_as, provider.listed_as) == ("groq", "groq")
    assert provider.habits() == {"no_developer_role"}
    assert provider.path("openai_embeddings", "m", streamed=False) is None
    assert not made("mistral").counts_streams()


def test_the_configuration_goes_before_the_catalogue():
    provider = made("groq", base_url="http://127.0.0.1:1/v1/", quirks=["top_k"], speaks=["openai_chat"])
    assert provider.origin() == "http://127.0.0.1:1/v1"
    assert provider.habits() == {"top_k"}
    assert provider.dialects() == ("openai_chat",)


def test_two_dialects_may_have_two_roots():
    provider = made("deepinfra")
    assert provider.origin() == "https://api.deepinfra.com"
    assert provider.path("openai_chat", "m", streamed=False) == b"/v1/openai/chat/completions"
    assert provider.path("openai_embeddings", "m", streamed=False) == b"/v1/openai/embeddings"
    assert provider.path("anthropic_messages", "m", streamed=False) == b"/anthropic/v1/messages"
    assert provider.path("jina_rerank", "m", streamed=False) == b"/v1/openai/rerank"
    assert provider.public_fields() == [(b"anthropic-version", b"2023-06-01")]
    assert made("groq").public_fields() == []


def test_documents_are_ranked_in_the_form_of_the_provider():
    assert made("jina").path("jina_rerank", "m", streamed=False) == b"/rerank"
    assert made("voyage").path("voyage_rerank", "m", streamed=False) == b"/rerank"
    assert made("voyage").path("jina_rerank", "m", streamed=False) is None


def test_the_key_travels_where_the_provider_looks_for_it():
    provider = made("azure_foundry", resource="mine")
    assert provider.origin() == "https://mine.services.ai.azure.com"
    assert provider.credentials() == [(b"api-key", b"key-1")]
    assert provider.path("anthropic_messages", "m", streamed=True) == b"/anthropic/v1/messages"
    assert provider.path("openai_responses", "m", streamed=True) == b"/openai/v1/responses"


def test_a_place_is_part_of_the_address_and_nothing_more():
    assert made("databricks", host="dbc-1.cloud.databricks.com").origin() == (
        "https://dbc-1.cloud.databricks.com/serving-endpoints"
    )
    for wrong in ("", "a/b", "a@b", "evil.test/x#", "-a", "a."):
        with pytest.raises(ValueError, match="host is part of an address"):
            made("databricks", host=wrong)


def test_a_key_that_is_missing_is_told_with_the_place_where_it_usually_is():
    with pytest.raises(ValueError, match=r"Groq wants a key: give it an api_key, usually in \$\{GROQ_API_KEY\}"):
        listed_kind("groq")()
    assert listed_kind("groq")(base_url="http://127.0.0.1:1/v1").credentials() == []
    assert listed_kind("groq")(headers={"authorization": Secret("x")}).credentials() == [(b"authorization", b"x")]
    assert listed_kind("groq")(api_keys=[Secret("a"), Secret("b")]).credentials() == []
    assert listed_kind("ollama")().credentials() == []


def test_keys_that_are_not_known_are_refused_like_elsewhere():
    with pytest.raises(TypeError):
        listed_kind("groq")(resource="x")  # pyright: ignore[reportCallIssue]


def test_there_is_no_kind_for_what_the_catalogue_does_not_hold():
    with pytest.raises(LookupError, match="there is no kind 'nobody'"):
        kinds.find(Provider, "nobody")
