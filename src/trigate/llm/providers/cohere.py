"""Cohere, by the second version of its API."""

from trigate.llm.http_provider import HttpProvider

PATHS = {"cohere_chat": b"/v2/chat", "cohere_embed": b"/v2/embed", "cohere_rerank": b"/v2/rerank"}


class Cohere(HttpProvider, kw_only=True):
    """Cohere's API."""

    base_url: str = "https://api.cohere.com"
    """Address without `/v2`."""

    def path(self, operation: str, model: str, *, streamed: bool) -> bytes | None:
        """Chats, embeddings, rankings."""
        return PATHS.get(operation)

    def dialects(self) -> tuple[str, ...]:
        """Its own."""
        return ("cohere_chat",)
