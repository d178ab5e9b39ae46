"""Words of the dialect that stand for words of the middle form."""

from trigate.llm.reply import Stop

NAME = "openai_chat"
KIN = "openai_responses"
"""OpenAI's other dialect, which has many members in common with this."""

EFFORTS = frozenset({"none", "minimal", "low", "medium", "high", "xhigh", "max"})
"""Values of `reasoning_effort`."""

STOPS: dict[str, Stop] = {
    "stop": "end",
    "length": "length",
    "tool_calls": "tool",
    "function_call": "tool",
    "content_filter": "filter",
    # What compatible servers say of their own, or of the model's provider.
    "eos": "end",
    "end_turn": "end",
    "stop_sequence": "sequence",
    "max_tokens": "length",
    "model_length": "context",
    "tool_use": "tool",
    "safety": "filter",
    "refusal": "refusal",
}
"""By `finish_reason`; any other is `other`."""

FINISHES: dict[Stop, str] = {
    "end": "stop",
    "length": "length",
    "sequence": "stop",
    "tool": "tool_calls",
    "filter": "content_filter",
    "refusal": "content_filter",
    "pause": "stop",
    "context": "length",
    "other": "stop",
}
"""`finish_reason`, of which clients know these values alone."""

FORMATS = {
    "anthropic": "anthropic-claude-v1",
    "google": "google-gemini-v1",
    "openai": "openai-responses-v1",
    "xai": "xai-responses-v1",
    "bedrock": "bedrock-converse-v1",
}
"""`format` of an item of `reasoning_details`, by who made its signature."""

MAKERS = {form: maker for maker, form in FORMATS.items()} | {"azure-openai-responses-v1": "openai"}
"""The reverse; any other format is its own maker."""

_AUDIO = {"mp3": "audio/mpeg", "pcm16": "audio/pcm"}


def audio_mime(form: str) -> str:
    """The media type of a `format` of audio."""
    return _AUDIO.get(form, f"audio/{form}")


def audio_format(mime: str) -> str:
    """The `format` of a media type of audio."""
    for form, known in _AUDIO.items():
        if mime == known:
            return form
    return mime.removeprefix("audio/").removeprefix("x-")
