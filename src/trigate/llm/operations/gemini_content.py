"""Google's generated content; the path names the model."""

from trigate.llm.chat_operation import ChatOperation

OPERATION = ChatOperation(
    name="gemini_content",
    known=frozenset({
        "cachedContent", "contents", "generationConfig", "labels", "model", "safetySettings", "serviceTier", "store",
        "systemInstruction", "toolConfig", "tools",
    }),
    bound=("generationConfig", "maxOutputTokens"),
    choices=("generationConfig", "candidateCount"),
)  # fmt: skip
"""`POST /v1beta/models/MODEL:generateContent` and `:streamGenerateContent`."""
