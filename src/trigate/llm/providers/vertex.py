"""Google Cloud's Vertex AI: Google's own models."""

import re
from urllib.parse import quote

from trigate.llm.http_provider import HttpProvider

_PLACE = re.compile(r"[a-z0-9][a-z0-9-]*").fullmatch
_PROJECT = re.compile(r"[a-z0-9][a-z0-9:.-]*").fullmatch
METHODS = {"gemini_content": "generateContent", "vertex_count": "countTokens"}


class Vertex(HttpProvider, kw_only=True):
    """Google's models on Vertex AI; give it a `credential` of kind `google_service_account`."""

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
        """The path names project, location, model and method; streams come as events."""
        method = METHODS.get(operation)
        if method is None:
            return None
        if operation == "gemini_content" and streamed:
            method = "streamGenerateContent?alt=sse"
        place = f"/projects/{self.project}/locations/{self.location}/publishers/google/models"
        return f"{place}/{quote(model, safe='')}:{method}".encode()

    def dialects(self) -> tuple[str, ...]:
        """Google's."""
        return ("gemini_content",)
