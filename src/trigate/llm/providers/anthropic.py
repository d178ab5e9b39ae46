"""Anthropic, and every server that speaks its API."""

from trigate.core.parts import Headers
from trigate.llm.http_provider import HttpProvider

VERSION_FIELD = "anthropic-version"
VERSION = b"2023-06-01"
"""Of the API; newer features are asked for by `anthropic-beta`."""

PATHS = {
    "anthropic_messages": b"/v1/messages",
    "anthropic_count": b"/v1/messages/count_tokens",
    "anthropic_files": b"/v1/files",
    "anthropic_batches": b"/v1/messages/batches",
}


class Anthropic(HttpProvider, kw_only=True):
    """Anthropic's API, or a server that speaks it."""

    base_url: str = "https://api.anthropic.com"
    """Address without `/v1`."""

    def usual_key_at(self) -> str:
        """Anthropic's own."""
        return "x-api-key"

    def public_fields(self) -> Headers:
        """The version of the API, unless `headers` names another."""
        return [] if VERSION_FIELD in map(str.lower, self.headers) else [(VERSION_FIELD.encode(), VERSION)]

    def path(self, operation: str, model: str, *, streamed: bool) -> bytes | None:
        """The operation's own path."""
        return PATHS.get(operation)

    def dialects(self) -> tuple[str, ...]:
        """Its own."""
        return ("anthropic_messages",)
