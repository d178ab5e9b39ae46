"""Azure OpenAI, by deployments: the API with a version in the query."""

import re
from urllib.parse import quote

from trigate.llm.http_provider import HttpProvider

_VERSION = re.compile(r"[A-Za-z0-9.-]+").fullmatch
PATHS = {
    "openai_chat": "chat/completions",
    "openai_completions": "completions",
    "openai_embeddings": "embeddings",
    "openai_images_generate": "images/generations",
    "openai_images_edit": "images/edits",
    "openai_speech": "audio/speech",
    "openai_transcriptions": "audio/transcriptions",
    "openai_translations": "audio/translations",
}


class Azure(HttpProvider, kw_only=True):
    """Azure OpenAI: the model of a target is the name of a deployment. For Azure's v1 API use the kind `openai`."""

    base_url: str = ""
    """Address of the resource, such as `https://NAME.openai.azure.com`; it must be given."""
    api_version: str = "2024-10-21"
    """Version of the API."""

    def __post_init__(self) -> None:
        if not _VERSION(self.api_version):
            raise ValueError("api_version is one such as 2024-10-21")
        super().__post_init__()

    def usual_key_at(self) -> str:
        """Azure's own."""
        return "api-key"

    def path(self, operation: str, model: str, *, streamed: bool) -> bytes | None:
        """The path names the deployment, the query the version."""
        if operation == "openai_responses":
            return f"/openai/responses?api-version={self.api_version}".encode()
        found = PATHS.get(operation)
        place = f"/openai/deployments/{quote(model, safe='')}"
        return f"{place}/{found}?api-version={self.api_version}".encode() if found else None

    def dialects(self) -> tuple[str, ...]:
        """OpenAI's chats."""
        return ("openai_chat",)

    def keeps_responses(self) -> bool:
        """It does."""
        return True
