"""What the gateway says beside a streamed answer: that it is still there, and what was lost."""

from trigate.llm.loss import Losses, loss_comment
from trigate.llm.operation import Operation
from trigate.llm.operations import (
    anthropic_messages,
    bedrock_converse,
    cohere_chat,
    gemini_content,
    openai_chat,
    openai_responses,
)
from trigate.llm.translation import COMMENTED

OPERATIONS: dict[str, Operation] = {
    each.OPERATION.name: each.OPERATION
    for each in (
        anthropic_messages, bedrock_converse, cohere_chat, gemini_content, openai_chat, openai_responses
    )
}  # fmt: skip


def beside(dialect: str) -> bytes:
    """All of it, in the middle of a stream."""
    losses = Losses()
    losses.drop("content.image")
    return OPERATIONS[dialect].remark + (loss_comment(losses) if dialect in COMMENTED else b"")
