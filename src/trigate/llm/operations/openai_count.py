"""OpenAI's count of the tokens of a response."""

from collections.abc import Set as AbstractSet

from trigate.llm.count_operation import CountOperation
from trigate.llm.counter import OPENAI, Counter
from trigate.llm.operations import openai_responses


class OpenAICount(CountOperation, kw_only=True):
    """`POST /v1/responses/input_tokens`."""

    name: str = OPENAI.name
    dialect: str = OPENAI.dialect
    path: bytes = b"/v1/responses/input_tokens"
    known: AbstractSet[str] = openai_responses.KNOWN | {"personality"}
    counter: Counter = OPENAI


OPERATION = OpenAICount(counted=openai_responses.OPERATION)
