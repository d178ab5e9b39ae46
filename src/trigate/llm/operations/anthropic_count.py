"""Anthropic's count of the tokens of a message."""

from trigate.llm.count_operation import CountOperation
from trigate.llm.counter import ANTHROPIC
from trigate.llm.operations import anthropic_messages


class AnthropicCount(CountOperation, kw_only=True):
    """`POST /v1/messages/count_tokens`."""


OPERATION = AnthropicCount(
    name=ANTHROPIC.name,
    dialect=ANTHROPIC.dialect,
    path=b"/v1/messages/count_tokens",
    known=anthropic_messages.KNOWN,
    counter=ANTHROPIC,
    counted=anthropic_messages.OPERATION,
)
