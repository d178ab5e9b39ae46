"""Google's count of the tokens of contents; the path names the model."""

from trigate.llm.count_operation import CountOperation
from trigate.llm.counter import GEMINI
from trigate.llm.operations import gemini_content


class GeminiCount(CountOperation, kw_only=True):
    """`POST /v1beta/models/MODEL:countTokens`."""


OPERATION = GeminiCount(
    name=GEMINI.name,
    dialect=GEMINI.dialect,
    known=gemini_content.KNOWN | {"generateContentRequest"},
    counter=GEMINI,
    counted=gemini_content.OPERATION,
)
