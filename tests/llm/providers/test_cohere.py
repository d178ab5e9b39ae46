"""Cohere's path and key."""

from trigate.core.settings import Secret
from trigate.llm.providers.cohere import Cohere


def test_chats_have_one_path() -> None:
    provider = Cohere(api_key=Secret("co-1"))
    assert provider.origin() == "https://api.cohere.com"
    assert provider.path("cohere_chat", "command", streamed=True) == b"/v2/chat"
    assert provider.path("openai_chat", "command", streamed=True) is None
    assert provider.credentials() == [(b"authorization", b"Bearer co-1")]
    assert provider.dialects() == ("cohere_chat",)
