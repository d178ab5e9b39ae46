"""OpenAI's responses."""

from trigate.llm.chat_operation import ChatOperation

OPERATION = ChatOperation(
    name="openai_responses",
    path=b"/v1/responses",
    known=frozenset({
        "background", "context_management", "conversation", "include", "input", "instructions", "max_output_tokens",
        "max_tool_calls", "metadata", "model", "parallel_tool_calls", "previous_response_id", "prompt",
        "prompt_cache_key", "prompt_cache_retention", "reasoning", "safety_identifier", "service_tier", "store",
        "stream", "stream_options", "temperature", "text", "tool_choice", "tools", "top_logprobs", "top_p",
        "truncation", "user",
    }),
    bound=("max_output_tokens",),
)  # fmt: skip
"""`POST /v1/responses`."""
