"""Cohere's chats, of the second version of its API."""

from collections.abc import Set as AbstractSet

from trigate.llm.chat_operation import ChatOperation
from trigate.llm.member_bound import Path

# fmt: off
KNOWN = frozenset({
        "citation_options", "documents", "frequency_penalty", "k", "logprobs", "max_tokens", "messages", "model", "p",
        "presence_penalty", "priority", "raw_prompting", "response_format", "safety_mode", "seed", "stop_sequences",
        "stream", "strict_tools", "temperature", "thinking", "tool_choice", "tools",
})
# fmt: on
"""Members of the API."""


class CohereChat(ChatOperation, kw_only=True):
    """`POST /v2/chat`."""

    name: str = "cohere_chat"
    path: bytes = b"/v2/chat"
    bound: Path = ("max_tokens",)
    known: AbstractSet[str] = KNOWN


OPERATION = CohereChat()
