"""Cohere, by the second version of its API."""

from trigate.llm.http_provider import HttpProvider


class Cohere(HttpProvider, kw_only=True):
    """Cohere's API."""

    base_url: str = "https://api.cohere.com"
    """Address without `/v2`."""

    def path(self, operation: str, model: str, *, streamed: bool) -> bytes | None:
        """Chats."""
        return b"/v2/chat" if operation == "cohere_chat" else None

    def dialects(self) -> tuple[str, ...]:
        """Its own."""
        return ("cohere_chat",)
