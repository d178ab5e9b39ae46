"""Amazon Bedrock, by its API for conversations."""

import re
from urllib.parse import quote

from trigate.llm.http_provider import HttpProvider

_REGION = re.compile(r"[a-z]{2,}(?:-[a-z]+)+-\d").fullmatch
METHODS = {"bedrock_converse": "converse", "bedrock_count": "count-tokens"}


class Bedrock(HttpProvider, kw_only=True):
    """Models on Amazon Bedrock; give it a `credential` of kind `sigv4` with the service `bedrock`, or an API key."""

    region: str
    """Such as `eu-central-1`."""

    def __post_init__(self) -> None:
        if not _REGION(self.region):
            raise ValueError("region is one such as eu-central-1")
        super().__post_init__()

    def origin(self) -> str:
        """That of the region, unless `base_url` names another."""
        return self.base_url.rstrip("/") or f"https://bedrock-runtime.{self.region}.amazonaws.com"

    def path(self, operation: str, model: str, *, streamed: bool) -> bytes | None:
        """The path names model and method."""
        method = METHODS.get(operation)
        if method is None:
            return None
        if operation == "bedrock_converse" and streamed:
            method = "converse-stream"
        return f"/model/{quote(model, safe='')}/{method}".encode()

    def dialects(self) -> tuple[str, ...]:
        """Its own."""
        return ("bedrock_converse",)
