"""Google's Gemini API, with a key of Google AI Studio."""

from urllib.parse import quote

from trigate.llm.http_provider import HttpProvider

METHODS = {
    "gemini_content": "generateContent",
    "gemini_count": "countTokens",
    "gemini_embed": "embedContent",
    "gemini_batch_embed": "batchEmbedContents",
}


def making_method(operation: str, model: str) -> str | None:
    """How a model is asked for pictures or for speech, by its name; None if it makes none."""
    if operation == "imagen_predict":
        return "predict" if model.startswith("imagen-") else None
    if operation == "gemini_picture":
        return "generateContent" if model.startswith("gemini-") and "image" in model else None
    if operation == "gemini_speech":
        return "generateContent" if model.startswith("gemini-") and "tts" in model else None
    return None


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
