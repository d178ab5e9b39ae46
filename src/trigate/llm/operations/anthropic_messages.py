"""Anthropic's messages."""

from trigate.llm.chat_operation import ChatOperation

OPERATION = ChatOperation(
    name="anthropic_messages",
    path=b"/v1/messages",
    known=frozenset({
        "cache_control", "container", "context_management", "inference_geo", "max_tokens", "mcp_servers", "messages",
        "metadata", "model", "output_config", "output_format", "service_tier", "speed", "stop_sequences", "stream",
        "system", "temperature", "thinking", "tool_choice", "tools", "top_k", "top_p",
    }),
    bound=("max_tokens",),
    remark=b'event: ping\ndata: {"type": "ping"}\n\n',
)  # fmt: skip
"""`POST /v1/messages`."""
