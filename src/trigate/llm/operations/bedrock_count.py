"""Bedrock's count of the tokens of a conversation; the path names the model."""

from trigate.llm.count_operation import CountOperation
from trigate.llm.counter import BEDROCK
from trigate.llm.operations import bedrock_converse

OPERATION = CountOperation(
    name=BEDROCK.name,
    dialect=BEDROCK.dialect,
    known=frozenset({"input"}),
    counter=BEDROCK,
    counted=bedrock_converse.OPERATION,
)
