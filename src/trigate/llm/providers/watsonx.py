"""IBM's watsonx.ai, by its APIs for chats and embeddings."""

import re

import msgspec
from msgspec import Raw

from trigate.llm.casing import Casing
from trigate.llm.http_provider import HttpProvider

_REGION = re.compile(r"[a-z]{2}-[a-z]+").fullmatch
_DATE = re.compile(r"20\d\d-\d\d-\d\d").fullmatch


class Watsonx(HttpProvider, kw_only=True):
    """IBM's watsonx.ai; give it a `credential` of kind `ibm_iam`, and a project or a space that pays."""

    region: str = "us-south"
    """Such as `eu-de`."""
    project_id: str = ""
    """Project that the calls are billed to."""
    space_id: str = ""
    """Deployment space that they are billed to, in place of a project."""
    api_version: str = "2025-02-11"
    """Version of the API, a date."""

    def __post_init__(self) -> None:
        if not _REGION(self.region):
            raise ValueError("region is one such as eu-de")
        if not _DATE(self.api_version):
            raise ValueError("api_version is a date such as 2025-02-11")
        if bool(self.project_id) == bool(self.space_id):
            raise ValueError("either project_id or space_id must be given")
        super().__post_init__()

    def origin(self) -> str:
        """That of the region, unless `base_url` names another."""
        return self.base_url.rstrip("/") or f"https://{self.region}.ml.cloud.ibm.com"

    def path(self, operation: str, model: str, *, streamed: bool) -> bytes | None:
        """Streams have a path of their own."""
        if operation == "watsonx_embed":
            return f"/ml/v1/text/embeddings?version={self.api_version}".encode()
        if operation != "openai_chat":
            return None
        return f"/ml/v1/text/chat{'_stream' if streamed else ''}?version={self.api_version}".encode()

    def dialects(self) -> tuple[str, ...]:
        """OpenAI's chats."""
        return ("openai_chat",)

    def counts_streams(self) -> bool:
        """Every stream ends with its usage, asked for or not."""
        return False

    def casing(self, operation: str, model: str) -> Casing:
        """The model under another name, and who pays."""
        payer = {"project_id": self.project_id} if self.project_id else {"space_id": self.space_id}
        added = {name: Raw(msgspec.json.encode(value)) for name, value in {"model_id": model, **payer}.items()}
        return Casing(added=added, dropped=frozenset({"model", "stream", "stream_options"}))
