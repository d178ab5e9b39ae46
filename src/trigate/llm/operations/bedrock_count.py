"""Bedrock's count of the tokens of a conversation; the path names the model."""

from collections.abc import Set as AbstractSet

from trigate.llm.count_operation import CountOperation
from trigate.llm.counter import BEDROCK, Counter
from trigate.llm.operations import bedrock_converse


class BedrockCount(CountOperation, kw_only=True):
    """`POST /model/MODEL/count-tokens`."""

    name: str = BEDROCK.name
    dialect: str = BEDROCK.dialect
    known: AbstractSet[str] = frozenset({"input"})
    counter: Counter = BEDROCK


OPERATION = BedrockCount(counted=bedrock_converse.OPERATION)
