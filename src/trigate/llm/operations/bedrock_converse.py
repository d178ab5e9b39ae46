"""Bedrock's conversations; the path names the model."""

from collections.abc import Set as AbstractSet

from trigate.llm.chat_operation import ChatOperation
from trigate.llm.member_bound import Path

# fmt: off
KNOWN = frozenset({
        "additionalModelRequestFields", "additionalModelResponseFieldPaths", "guardrailConfig", "inferenceConfig",
        "messages", "outputConfig", "performanceConfig", "promptVariables", "requestMetadata", "serviceTier", "system",
        "toolConfig",
})
# fmt: on
"""Members of the API."""


class BedrockConverse(ChatOperation, kw_only=True):
    """`POST /model/MODEL/converse` and `/model/MODEL/converse-stream`."""

    name: str = "bedrock_converse"
    bound: Path = ("inferenceConfig", "maxTokens")
    stream_type: bytes = b"application/vnd.amazon.eventstream"
    remark: bytes = b""
    known: AbstractSet[str] = KNOWN


OPERATION = BedrockConverse()
