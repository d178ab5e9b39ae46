"""Azure's deployments and versions."""

from typing import Any

import pytest

from trigate.core.settings import Secret
from trigate.llm.providers.azure import Azure

BASE = "https://mine.openai.azure.com"


def test_the_path_names_the_deployment_and_the_query_the_version() -> None:
    provider = Azure(base_url=BASE, api_key=Secret("az-1"), api_version="2025-01-01-preview")
    chat = b"/openai/deployments/my%20gpt/chat/completions?api-version=2025-01-01-preview"
    assert provider.path("openai_chat", "my gpt", streamed=True) == chat
    assert provider.path("openai_embeddings", "e", streamed=False) == (
        b"/openai/deployments/e/embeddings?api-version=2025-01-01-preview"
    )
    assert provider.path("openai_responses", "m", streamed=False) == b"/openai/responses?api-version=2025-01-01-preview"
    assert provider.path("anthropic_messages", "m", streamed=False) is None
    assert provider.credentials() == [(b"api-key", b"az-1")]
    assert provider.dialects() == ("openai_chat",)


@pytest.mark.parametrize("fields", [{}, {"base_url": BASE, "api_version": "1&x=2"}])
def test_it_needs_an_address_and_a_usable_version(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"base_url|api_version"):
        Azure(**fields)
