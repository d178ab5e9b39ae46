"""Bedrock's count of the tokens of a conversation; the path names the model."""

from trigate.llm.count_operation import CountOperation
from trigate.llm.counter import BEDROCK
from trigate.llm.operations import bedrock_converse


class BedrockCount(CountOperation, kw_only=True):
    """`POST /model/MODEL/count-tokens`."""


OPERATION = BedrockCount(
    name=BEDROCK.name,
    dialect=BEDROCK.dialect,
    known=frozenset({"input"}),
    counter=BEDROCK,
    counted=bedrock_converse.OPERATION,
)
