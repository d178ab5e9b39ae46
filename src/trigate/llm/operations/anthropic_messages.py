"""Anthropic's messages."""

from collections.abc import Set as AbstractSet

from trigate.llm.chat_operation import ChatOperation
from trigate.llm.member_bound import Path

# fmt: off
KNOWN = frozenset({
        "cache_control", "container", "context_management", "inference_geo", "max_tokens", "mcp_servers", "messages",
        "metadata", "model", "output_config", "output_format", "service_tier", "speed", "stop_sequences", "stream",
        "system", "temperature", "thinking", "tool_choice", "tools", "top_k", "top_p",
})
# fmt: on
"""Members of the API."""


class AnthropicMessages(ChatOperation, kw_only=True):
    """`POST /v1/messages`."""

    name: str = "anthropic_messages"
    path: bytes = b"/v1/messages"
    bound: Path = ("max_tokens",)
    remark: bytes = b'event: ping\ndata: {"type": "ping"}\n\n'
    known: AbstractSet[str] = KNOWN


OPERATION = AnthropicMessages()
