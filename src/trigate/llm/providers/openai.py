"""OpenAI, and every server that speaks its API."""

from typing import Literal

from trigate.llm.http_provider import HttpProvider

OFFICIAL = "https://api.openai.com/v1"
CHAT = ("openai_chat",)
BOTH = ("openai_chat", "openai_responses")
CHAT_PATHS = {
    "openai_chat": b"/chat/completions",
    "openai_responses": b"/responses",
    "anthropic_messages": b"/messages",
}
PATHS = CHAT_PATHS | {
    "openai_completions": b"/completions",
    "openai_compact": b"/responses/compact",
    "openai_embeddings": b"/embeddings",
    "openai_moderations": b"/moderations",
    "openai_images_generate": b"/images/generations",
    "openai_images_edit": b"/images/edits",
    "openai_images_vary": b"/images/variations",
    "openai_speech": b"/audio/speech",
    "openai_transcriptions": b"/audio/transcriptions",
    "openai_translations": b"/audio/translations",
    "openai_files": b"/files",
    "openai_realtime": b"/realtime",
    "openai_batches": b"/batches",
}


class OpenAI(HttpProvider, kw_only=True):
    """OpenAI's API, or a server that speaks it: Azure's v1 API, Ollama, vLLM, llama.cpp, Groq, OpenRouter and more."""

    base_url: str = OFFICIAL
    """Address the paths of the API are appended to, usually ending in `/v1`."""
    organization: str = ""
    """OpenAI organisation the calls are billed to, if the key has several."""
    project: str = ""
    """OpenAI project the calls are billed to, if the key has several."""
    speaks: list[Literal["openai_chat", "openai_responses", "anthropic_messages"]] = []
    """Dialects in which the server can be asked for a chat, the best first. By default OpenAI itself speaks
    `openai_chat` and `openai_responses`, every other server `openai_chat`."""
    rankings: Literal["", "jina", "cohere", "voyage"] = ""
    """The form in which the server ranks documents at `/rerank`; by default Jina's, as vLLM and most others have it, or
    Voyage's at its own address. OpenAI itself ranks nothing."""
    stream_usage: bool = True
    """Ask for the usage at the end of every stream; turn it off for a server that refuses `stream_options`."""

    keeps: bool | None = None
    """Whether the server keeps answers of the Responses API, so that an ask can go on from an earlier one there. By
    default OpenAI itself does, and for every other server the gateway keeps conversations (`llm.state`)."""

    def path(self, operation: str, model: str, *, streamed: bool) -> bytes | None:
        """The operation's own path, if it is offered."""
        if operation == "openai_count":
            return b"/responses/input_tokens" if self.base_url == OFFICIAL else None
        if operation == "openai_compact" and not self.keeps_responses():
            return None
        if operation == self._rankings():
            return b"/rerank"
        return None if operation in CHAT_PATHS and operation not in self.dialects() else PATHS.get(operation)

    def _rankings(self) -> str:
        """The operation that ranks documents there; empty if there is none."""
        usual = "" if self.base_url == OFFICIAL else "voyage" if "//api.voyageai.com/" in self.base_url else "jina"
        form = self.rankings or usual
        return f"{form}_rerank" if form else ""

    def dialects(self) -> tuple[str, ...]:
        """As configured; by default what is known of the address."""
        return tuple(self.speaks) or (BOTH if self.base_url == OFFICIAL else CHAT)

    def keeps_responses(self) -> bool:
        """As configured; by default what is known of the address."""
        return self.base_url == OFFICIAL if self.keeps is None else self.keeps

    def constant_fields(self) -> dict[str, str]:
        """Organisation and project."""
        fields = {"openai-organization": self.organization, "openai-project": self.project}
        return {name: value for name, value in fields.items() if value}

    def counts_streams(self) -> bool:
        """As configured."""
        return self.stream_usage

    def texts(self) -> dict[str, str]:
        """What travels in header fields, by the name an operator knows."""
        own = {"organization": self.organization, "project": self.project}
        return super().texts() | {name: value for name, value in own.items() if value}
