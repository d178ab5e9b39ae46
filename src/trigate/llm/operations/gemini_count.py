"""Google's count of the tokens of contents; the path names the model."""

from collections.abc import Set as AbstractSet

from trigate.llm.count_operation import CountOperation
from trigate.llm.counter import GEMINI, Counter
from trigate.llm.operations import gemini_content


class GeminiCount(CountOperation, kw_only=True):
    """`POST /v1beta/models/MODEL:countTokens`."""

    name: str = GEMINI.name
    dialect: str = GEMINI.dialect
    known: AbstractSet[str] = gemini_content.KNOWN | {"generateContentRequest"}
    counter: Counter = GEMINI


OPERATION = GeminiCount(counted=gemini_content.OPERATION)
