"""Cohere's chats, of the second version of its API."""

from trigate.llm.chat_operation import ChatOperation

OPERATION = ChatOperation(
    name="cohere_chat",
    path=b"/v2/chat",
    known=frozenset({
        "citation_options", "documents", "frequency_penalty", "k", "logprobs", "max_tokens", "messages", "model", "p",
        "presence_penalty", "priority", "raw_prompting", "response_format", "safety_mode", "seed", "stop_sequences",
        "stream", "strict_tools", "temperature", "thinking", "tool_choice", "tools",
    }),
    bound=("max_tokens",),
)  # fmt: skip
"""`POST /v2/chat`."""
