"""OpenAI's responses."""

from collections.abc import Set as AbstractSet

from trigate.llm.chat_operation import ChatOperation
from trigate.llm.member_bound import Path

# fmt: off
KNOWN = frozenset({
        "background", "context_management", "conversation", "include", "input", "instructions", "max_output_tokens",
        "max_tool_calls", "metadata", "model", "parallel_tool_calls", "previous_response_id", "prompt",
        "prompt_cache_key", "prompt_cache_retention", "reasoning", "safety_identifier", "service_tier", "store",
        "stream", "stream_options", "temperature", "text", "tool_choice", "tools", "top_logprobs", "top_p",
        "truncation", "user",
})
# fmt: on
"""Members of the API."""


class OpenAIResponses(ChatOperation, kw_only=True):
    """`POST /v1/responses`."""

    name: str = "openai_responses"
    path: bytes = b"/v1/responses"
    bound: Path = ("max_output_tokens",)
    known: AbstractSet[str] = KNOWN


OPERATION = OpenAIResponses()
