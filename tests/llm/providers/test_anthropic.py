"""Anthropic's address, key and version."""

from trigate.core.settings import Secret
from trigate.llm.providers.anthropic import Anthropic


def test_the_defaults_are_anthropics_own() -> None:
    provider = Anthropic(api_key=Secret("sk-ant-1"))
    assert provider.origin() == "https://api.anthropic.com"
    assert provider.path("anthropic_messages", "m", streamed=True) == b"/v1/messages"
    assert provider.path("openai_embeddings", "m", streamed=False) is None
    assert provider.credentials() == [(b"x-api-key", b"sk-ant-1")]
    assert provider.public_fields() == [(b"anthropic-version", b"2023-06-01")]
    assert provider.dialects() == ("anthropic_messages",)


def test_another_version_takes_the_place_of_the_usual_one() -> None:
    provider = Anthropic(headers={"Anthropic-Version": Secret("2027-01-01")})
    assert provider.public_fields() == []
    assert provider.credentials() == [(b"anthropic-version", b"2027-01-01")]
