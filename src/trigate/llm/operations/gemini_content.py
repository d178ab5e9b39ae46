"""Google's generated content; the path names the model."""

from collections.abc import Set as AbstractSet

from trigate.llm.chat_operation import ChatOperation
from trigate.llm.member_bound import Path

# fmt: off
KNOWN = frozenset({
        "cachedContent", "contents", "generationConfig", "labels", "model", "safetySettings", "serviceTier", "store",
        "systemInstruction", "toolConfig", "tools",
})
# fmt: on
"""Members of the API."""


class GeminiContent(ChatOperation, kw_only=True):
    """`POST /v1beta/models/MODEL:generateContent` and `:streamGenerateContent`."""

    name: str = "gemini_content"
    bound: Path = ("generationConfig", "maxOutputTokens")
    choices: Path = ("generationConfig", "candidateCount")
    remark: bytes = b"\n"
    """An empty line: Google's SDKs take a comment for the beginning of a JSON text."""
    known: AbstractSet[str] = KNOWN


OPERATION = GeminiContent()
