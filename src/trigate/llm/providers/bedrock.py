"""Amazon Bedrock, by its API for conversations, and by Anthropic's own for Claude."""

import re
from typing import Literal
from urllib.parse import quote

import msgspec
from msgspec import Raw, Struct

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.beta import BEDROCK
from trigate.llm.casing import Casing, failure_text, is_failure
from trigate.llm.dialects.bedrock_converse.frame import Frame
from trigate.llm.http_provider import HttpProvider

FAILURES = {
    "throttlingException": "rate_limit_error",
    "validationException": "invalid_request_error",
    "serviceUnavailableException": "overloaded_error",
    "modelTimeoutException": "timeout_error",
}
EMBEDDINGS = {"titan_embed": "amazon.titan-embed-", "bedrock_cohere_embed": "cohere.embed-"}
"""By what the models' names are known that are asked for vectors so."""
_REGION = re.compile(r"[a-z]{2,}(?:-[a-z]+)+-\d").fullmatch


class _Chunk(Struct):
    bytes: bytes
    """Written in base64."""


class _Event(Struct):
    type: str


_chunk = msgspec.json.Decoder(_Chunk).decode
_event = msgspec.json.Decoder(_Event).decode


class Bedrock(HttpProvider, kw_only=True):
    """Models on Amazon Bedrock; give it a `credential` of kind `sigv4` with the service `bedrock`, or an API key."""

    region: str
    """Such as `eu-central-1`."""
    speaks: list[Literal["bedrock_converse", "anthropic_messages"]] = []
    """Dialects in which it can be asked for a chat, the best first; left out: `bedrock_converse` alone. With
    `anthropic_messages` among them callers of Anthropic's API reach Claude without translation."""

    def __post_init__(self) -> None:
        if not _REGION(self.region):
            raise ValueError("region is one such as eu-central-1")
        super().__post_init__()

    def origin(self) -> str:
        """That of the region, unless `base_url` names another."""
        return self.base_url.rstrip("/") or f"https://bedrock-runtime.{self.region}.amazonaws.com"

    def path(self, operation: str, model: str, *, streamed: bool) -> bytes | None:
        """The path names model and method."""
        place = f"/model/{quote(model, safe='')}"
        if operation == "bedrock_count":
            return f"{place}/count-tokens".encode()
        if operation == "bedrock_invoke":
            return f"{place}/invoke{'-with-response-stream' if streamed else ''}".encode()
        if operation in EMBEDDINGS:
            return f"{place}/invoke".encode() if EMBEDDINGS[operation] in model else None
        if operation not in self.dialects() or (operation == "anthropic_messages" and "anthropic." not in model):
            return None
        if operation == "anthropic_messages":
            return f"{place}/invoke{'-with-response-stream' if streamed else ''}".encode()
        return f"{place}/converse{'-stream' if streamed else ''}".encode()

    def dialects(self) -> tuple[str, ...]:
        """As configured; by default its own."""
        return tuple(self.speaks) or ("bedrock_converse",)

    def casing(self, operation: str, model: str) -> Casing | None:
        """Claude is named in the path; the version of its API and its beta features stand in the body."""
        return CLAUDE if operation == "anthropic_messages" else None


def _tell(frame: Frame) -> bytes:
    """An event of Anthropic's; a failure as Anthropic tells one."""
    name = is_failure(frame)
    if name:
        error = {"type": FAILURES.get(name, "api_error"), "message": failure_text(frame)}
        return b"event: error\ndata: %b\n\n" % msgspec.json.encode({"type": "error", "error": error})
    try:
        event = msgspec.json.format(_chunk(frame.payload).bytes, indent=-1)
        return b"event: %b\ndata: %b\n\n" % (_event(event).type.encode(), event)
    except (msgspec.DecodeError, ValueError) as error:
        raise UpstreamProtocolError("the provider's stream is damaged: a frame that holds no event") from error


CLAUDE = Casing(
    added={"anthropic_version": Raw(b'"bedrock-2023-05-31"')},
    dropped=frozenset({"model", "stream"}),
    betas=BEDROCK,
    tell=_tell,
)
