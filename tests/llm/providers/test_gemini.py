"""Gemini's paths and key."""

from trigate.core.settings import Secret
from trigate.llm.providers.gemini import Gemini


def test_the_path_names_model_and_method() -> None:
    provider = Gemini(api_key=Secret("key-1"))
    assert provider.origin() == "https://generativelanguage.googleapis.com/v1beta"
    assert provider.path("gemini_content", "gemini-3", streamed=False) == b"/models/gemini-3:generateContent"
    assert provider.path("gemini_content", "a/b?", streamed=True) == b"/models/a%2Fb%3F:streamGenerateContent?alt=sse"
    assert provider.path("openai_chat", "gemini-3", streamed=False) is None
    assert provider.credentials() == [(b"x-goog-api-key", b"key-1")]
    assert provider.dialects() == ("gemini_content",)
