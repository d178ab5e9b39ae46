"""Endpoints of Amazon SageMaker whose containers speak OpenAI's chat completions."""

import re
from urllib.parse import quote

import msgspec

from trigate.llm.casing import Casing, failure_text, is_failure
from trigate.llm.dialects.bedrock_converse.frame import Frame
from trigate.llm.http_provider import HttpProvider

_REGION = re.compile(r"[a-z]{2,}(?:-[a-z]+)+-\d").fullmatch


class SageMaker(HttpProvider, kw_only=True):
    """Endpoints of Amazon SageMaker, with a container such as vLLM's or TGI's that speaks OpenAI's chat completions.

    The model of a target is the name of an endpoint. Give it a `credential` of kind `sigv4` with the service
    `sagemaker`.
    """

    region: str
    """Such as `eu-central-1`."""
    component: str = ""
    """Inference component to ask, where an endpoint has several."""

    def __post_init__(self) -> None:
        if not _REGION(self.region):
            raise ValueError("region is one such as eu-central-1")
        super().__post_init__()

    def origin(self) -> str:
        """That of the region, unless `base_url` names another."""
        return self.base_url.rstrip("/") or f"https://runtime.sagemaker.{self.region}.amazonaws.com"

    def path(self, operation: str, model: str, *, streamed: bool) -> bytes | None:
        """The path names the endpoint."""
        if operation != "openai_chat":
            return None
        return f"/endpoints/{quote(model, safe='')}/invocations{'-response-stream' if streamed else ''}".encode()

    def dialects(self) -> tuple[str, ...]:
        """OpenAI's chats."""
        return ("openai_chat",)

    def constant_fields(self) -> dict[str, str]:
        """The component."""
        return {"x-amzn-sagemaker-inference-component": self.component} if self.component else {}

    def texts(self) -> dict[str, str]:
        """What travels in header fields, by the name an operator knows."""
        return super().texts() | ({"component": self.component} if self.component else {})

    def casing(self, operation: str, model: str) -> Casing:
        """The endpoint serves one model, so the body names none; streams come in frames."""
        return Casing(dropped=frozenset({"model"}), tell=_tell)


def _tell(frame: Frame) -> bytes:
    """Bytes as the container sent them; a failure as OpenAI tells one."""
    name = is_failure(frame)
    if not name:
        return frame.payload
    return b"data: %b\n\n" % msgspec.json.encode({"error": {"message": failure_text(frame), "type": name}})
