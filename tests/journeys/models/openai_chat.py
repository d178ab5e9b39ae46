"""A model that speaks OpenAI's chat completions; thoughts are told as OpenRouter does."""

from collections.abc import Iterator
from typing import Any

from tests.journeys.models.answer import INPUT, MADE, OUTPUT, Answer, event, pieces

_USAGE = {"prompt_tokens": INPUT, "completion_tokens": OUTPUT, "total_tokens": INPUT + OUTPUT}


def whole(answer: Answer) -> dict[str, Any]:
    """The answer in one piece."""
    message: dict[str, Any] = {"role": "assistant", "content": answer.text or None}
    if answer.thought:
        message |= {"reasoning": answer.thought, "reasoning_details": [_detail(answer.thought, answer.signature)]}
    if answer.calls:
        message["tool_calls"] = [
            {"id": each.id, "type": "function", "function": {"name": each.name, "arguments": each.text}}
            for each in answer.calls
        ]
    choice = {"index": 0, "message": message, "finish_reason": _finish(answer), "logprobs": None}
    return _frame("chat.completion") | {"choices": [choice], "usage": _USAGE}


def stream(answer: Answer) -> Iterator[bytes]:
    """The answer as it is being made."""
    yield _chunk({"role": "assistant", "content": ""})
    for piece in pieces(answer.thought):
        yield _chunk({"reasoning": piece, "reasoning_details": [_detail(piece)]})
    if answer.signature:
        yield _chunk({"reasoning_details": [_detail("", answer.signature)]})
    for piece in pieces(answer.text):
        yield _chunk({"content": piece})
    for place, call in enumerate(answer.calls):
        function = {"name": call.name, "arguments": ""}
        yield _chunk({"tool_calls": [{"index": place, "id": call.id, "type": "function", "function": function}]})
        for piece in pieces(call.text):
            yield _chunk({"tool_calls": [{"index": place, "function": {"arguments": piece}}]})
    yield _chunk({}, _finish(answer))
    yield event(_frame("chat.completion.chunk") | {"choices": [], "usage": _USAGE})
    yield b"data: [DONE]\n\n"


def _detail(text: str, signature: str = "") -> dict[str, Any]:
    detail: dict[str, Any] = {"type": "reasoning.text", "format": "anthropic-claude-v1", "index": 0}
    return detail | ({"text": text} if text else {}) | ({"signature": signature} if signature else {})


def _finish(answer: Answer) -> str:
    return "tool_calls" if answer.calls else "stop"


def _frame(kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": MADE, "model": "made-up"}


def _chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
    return event(_frame("chat.completion.chunk") | {"choices": [choice]})
