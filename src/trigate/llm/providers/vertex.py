"""Google Cloud's Vertex AI: Google's own models, Claude, and others that are served there."""

import re
from urllib.parse import quote

from msgspec import Raw

from trigate.llm.casing import Casing
from trigate.llm.google_method import making_method
from trigate.llm.http_provider import HttpProvider

CLAUDE = Casing(added={"anthropic_version": Raw(b'"vertex-2023-10-16"')}, dropped=frozenset({"model"}))
"""https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude"""
MAKERS = {
    "gemini_content": ("google", ("generateContent", "streamGenerateContent?alt=sse")),
    "anthropic_messages": ("anthropic", ("rawPredict", "streamRawPredict")),
    "vertex_count": ("google", ("countTokens", "countTokens")),
}
"""Who stands in the path, and by which methods models are asked, whole and streamed."""
EMBEDDINGS = frozenset({"vertex_embed", "vertex_single_embed"})
"""Predictions of vectors: of many texts, and of one."""
_PLACE = re.compile(r"[a-z0-9][a-z0-9-]*").fullmatch
_PROJECT = re.compile(r"[a-z0-9][a-z0-9:.-]*").fullmatch


class Vertex(HttpProvider, kw_only=True):
    """Models on Vertex AI: Gemini, Claude (`claude-sonnet-4-5@20250929`), and others by `publisher/model`.

    Give it a `credential` of kind `google_service_account`.
    """

    project: str
    """Project that the calls are billed to."""
    location: str = "global"
    """Region, such as `europe-west4`, or `global`."""

    def __post_init__(self) -> None:
        if not _PROJECT(self.project) or not _PLACE(self.location):
            raise ValueError("project and location are identifiers such as my-project and europe-west4")
        super().__post_init__()

    def origin(self) -> str:
        """That of the region, unless `base_url` names another."""
        host = "aiplatform" if self.location == "global" else f"{self.location}-aiplatform"
        return self.base_url.rstrip("/") or f"https://{host}.googleapis.com/v1"

    def path(self, operation: str, model: str, *, streamed: bool) -> bytes | None:
        """The path names project and location, and mostly model and method; streams come as events."""
        place = f"/projects/{self.project}/locations/{self.location}"
        if operation in EMBEDDINGS:
            predicted = operation == _embedded(model)
            return f"{place}/publishers/google/models/{_named(model)}:predict".encode() if predicted else None
        if (method := making_method(operation, model.removeprefix("google/"))) is not None:
            return f"{place}/publishers/google/models/{_named(model)}:{method}".encode()
        spoken = dialect_of(model)
        if operation != spoken and not (operation == "vertex_count" and spoken == "gemini_content"):
            return None
        if operation == "openai_chat":
            return f"{place}/endpoints/openapi/chat/completions".encode()
        maker, methods = MAKERS[operation]
        return f"{place}/publishers/{maker}/models/{_named(model)}:{methods[streamed]}".encode()

    def dialects(self) -> tuple[str, ...]:
        """Google's, Anthropic's for Claude, OpenAI's for all others."""
        return ("gemini_content", "anthropic_messages", "openai_chat")

    def casing(self, operation: str, model: str) -> Casing | None:
        """Claude is named in the path, and the version of its API in the body."""
        return CLAUDE if operation == "anthropic_messages" else None


def dialect_of(model: str) -> str:
    """The dialect in which a model is asked there: other makers' names have a slash, such as `meta/llama-4`."""
    if model.startswith("claude-"):
        return "anthropic_messages"
    return "openai_chat" if "/" in model and not model.startswith("google/") else "gemini_content"


def _embedded(model: str) -> str:
    """How a model is asked for vectors there: the older ones, and those of several languages, take many texts."""
    name = model.removeprefix("google/")
    if name.startswith(("text-embedding-", "text-multilingual-embedding-", "textembedding-gecko")):
        return "vertex_embed"
    return "vertex_single_embed" if name.startswith("gemini-embedding-") else ""


def _named(model: str) -> str:
    return quote(model.removeprefix("google/"), safe="@")
