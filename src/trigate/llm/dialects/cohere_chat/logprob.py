"""Logarithms of probabilities: one item for each piece of text here, one for each token in the middle form."""

from typing import Any, cast


def read_logprobs(items: list[Any]) -> dict[str, Any] | None:
    """The text of an item stands with its first token."""
    content: list[dict[str, Any]] = []
    for item in items:
        told = cast("dict[str, Any]", item) if isinstance(item, dict) else {}
        text: Any = told.get("text")
        for place, value in enumerate(_numbers(told.get("logprobs"))):
            token = text if isinstance(text, str) and place == 0 else ""
            content.append({"token": token, "logprob": value, "bytes": list(token.encode()), "top_logprobs": []})
    return {"content": content} if content else None


def _numbers(value: Any) -> list[float]:
    if not isinstance(value, list):
        return []
    return [each for each in cast("list[Any]", value) if isinstance(each, int | float)]


def write_logprobs(logprobs: Any) -> list[dict[str, Any]]:
    """Nobody else tells the numbers of tokens, so there are none."""
    content: Any = cast("dict[str, Any]", logprobs).get("content") if isinstance(logprobs, dict) else None
    if not isinstance(content, list):
        return []
    told = [cast("dict[str, Any]", each) for each in cast("list[Any]", content) if isinstance(each, dict)]
    return [{"text": each.get("token", ""), "token_ids": [], "logprobs": [each.get("logprob", 0)]} for each in told]
