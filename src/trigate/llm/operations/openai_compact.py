"""OpenAI's compaction: a conversation made shorter, so that it goes on with less to read."""

from collections.abc import Set as AbstractSet

from trigate.llm.task_operation import TaskOperation

KNOWN = frozenset({
    "image", "input", "instructions", "model", "previous_response_id", "prompt_cache_key", "prompt_cache_options",
    "prompt_cache_retention", "service_tier",
})  # fmt: skip
"""Members of the API."""


class OpenAICompact(TaskOperation, kw_only=True):
    """`POST /v1/responses/compact`; what comes is for the provider that made it alone to read."""

    name: str = "openai_compact"
    action: str = "llm.responses.compact"
    path: bytes = b"/v1/responses/compact"
    dialect: str = "openai_responses"
    known: AbstractSet[str] = KNOWN


OPERATION = OpenAICompact()
