"""How probable tokens were: a list of them, as in chat completions, but for the bytes that no client does without."""

from typing import Any

from trigate.llm.dialects.openai_responses.shape import list_of, object_of


def tokens_of(logprobs: Any) -> list[dict[str, Any]]:
    """The tokens of an answer, or of a piece of it, as Responses tells them."""
    content = list_of(object_of(logprobs).get("content"))
    return [_complete(said) for each in content if (said := object_of(each))]


def _complete(token: dict[str, Any]) -> dict[str, Any]:
    others = list_of(token.get("top_logprobs"))
    return {**_with_bytes(token), "top_logprobs": [_with_bytes(said) for each in others if (said := object_of(each))]}


def _with_bytes(token: dict[str, Any]) -> dict[str, Any]:
    if token.get("bytes") is not None:
        return token
    return {**token, "bytes": list(str(token.get("token", "")).encode(errors="replace"))}
