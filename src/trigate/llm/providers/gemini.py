"""Google's Gemini API, with a key of Google AI Studio."""

from urllib.parse import quote

from trigate.llm.google_method import making_method
from trigate.llm.http_provider import HttpProvider

METHODS = {
    "gemini_content": "generateContent",
    "gemini_count": "countTokens",
    "gemini_embed": "embedContent",
    "gemini_batch_embed": "batchEmbedContents",
}


class Gemini(HttpProvider, kw_only=True):
    """Google's Gemini API. For models of Google Cloud see the kind `vertex`."""

    base_url: str = "https://generativelanguage.googleapis.com/v1beta"
    """Address the paths of the API are appended to, with its version."""

    def usual_key_at(self) -> str:
        """Google's own."""
        return "x-goog-api-key"

    def path(self, operation: str, model: str, *, streamed: bool) -> bytes | None:
        """The path names model and method; streams come as events."""
        method = METHODS.get(operation) or making_method(operation, model)
        if method is None:
            return None
        if operation == "gemini_content" and streamed:
            method = "streamGenerateContent?alt=sse"
        return f"/models/{quote(model, safe='')}:{method}".encode()

    def dialects(self) -> tuple[str, ...]:
        """Its own."""
        return ("gemini_content",)
