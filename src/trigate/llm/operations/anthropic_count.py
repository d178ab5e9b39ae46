"""Anthropic's count of the tokens of a message."""

from collections.abc import Set as AbstractSet

from trigate.llm.count_operation import CountOperation
from trigate.llm.counter import ANTHROPIC, Counter
from trigate.llm.operations import anthropic_messages


class AnthropicCount(CountOperation, kw_only=True):
    """`POST /v1/messages/count_tokens`."""

    name: str = ANTHROPIC.name
    dialect: str = ANTHROPIC.dialect
    path: bytes = b"/v1/messages/count_tokens"
    known: AbstractSet[str] = anthropic_messages.KNOWN
    counter: Counter = ANTHROPIC


OPERATION = AnthropicCount(counted=anthropic_messages.OPERATION)
