"""A model that speaks Gemini's content; its first call carries the signature."""

from collections.abc import Iterator
from typing import Any

from tests.journeys.models.answer import INPUT, OUTPUT, Answer, event, pieces

_USAGE = {"promptTokenCount": INPUT, "candidatesTokenCount": OUTPUT, "totalTokenCount": INPUT + OUTPUT}


def whole(answer: Answer) -> dict[str, Any]:
    """The answer in one piece."""
    parts = [_thought(answer.thought)] if answer.thought else []
    return _chunk(parts + _said(answer) + _calls(answer), "STOP")


def stream(answer: Answer) -> Iterator[bytes]:
    """The answer as it is being made."""
    for piece in pieces(answer.thought):
        yield event(_chunk([_thought(piece)]))
    for piece in pieces(answer.text):
        yield event(_chunk([{"text": piece}]))
    if answer.calls:
        yield event(_chunk(_calls(answer)))
    last: dict[str, Any] = {"text": ""}
    if answer.signature and not answer.calls:
        last["thoughtSignature"] = answer.signature
    yield event(_chunk([last], "STOP"))


def _thought(text: str) -> dict[str, Any]:
    return {"text": text, "thought": True}


def _said(answer: Answer) -> list[dict[str, Any]]:
    if not answer.text:
        return []
    signed = bool(answer.signature) and not answer.calls
    return [{"text": answer.text, **({"thoughtSignature": answer.signature} if signed else {})}]


def _calls(answer: Answer) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = [
        {"functionCall": {"id": each.id, "name": each.name, "args": each.arguments}} for each in answer.calls
    ]
    if parts and answer.signature:
        parts[0]["thoughtSignature"] = answer.signature
    return parts


def _chunk(parts: list[dict[str, Any]], finish: str = "") -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": parts}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], "usageMetadata": _USAGE, "modelVersion": "made-up", "responseId": "r-1"}
