"""OpenAI's count of the tokens of a response."""

from trigate.llm.count_operation import CountOperation
from trigate.llm.counter import OPENAI
from trigate.llm.operations import openai_responses


class OpenAICount(CountOperation, kw_only=True):
    """`POST /v1/responses/input_tokens`."""


OPERATION = OpenAICount(
    name=OPENAI.name,
    dialect=OPENAI.dialect,
    path=b"/v1/responses/input_tokens",
    known=openai_responses.KNOWN | {"personality"},
    counter=OPENAI,
    counted=openai_responses.OPERATION,
)
