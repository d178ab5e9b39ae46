"""Bedrock's conversations; the path names the model."""

from trigate.llm.chat_operation import ChatOperation

OPERATION = ChatOperation(
    name="bedrock_converse",
    known=frozenset({
        "additionalModelRequestFields", "additionalModelResponseFieldPaths", "guardrailConfig", "inferenceConfig",
        "messages", "outputConfig", "performanceConfig", "promptVariables", "requestMetadata", "serviceTier", "system",
        "toolConfig",
    }),
    bound=("inferenceConfig", "maxTokens"),
    stream_type=b"application/vnd.amazon.eventstream",
    remark=b"",
)  # fmt: skip
"""`POST /model/MODEL/converse` and `/model/MODEL/converse-stream`."""
