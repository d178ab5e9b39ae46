"""A model that speaks Cohere's chat, version 2."""

from collections.abc import Iterator
from typing import Any

from tests.journeys.models.answer import INPUT, OUTPUT, Answer, Call, event, pieces

_COUNT = {"input_tokens": INPUT, "output_tokens": OUTPUT}
_USAGE = {"billed_units": _COUNT, "tokens": _COUNT}


def whole(answer: Answer) -> dict[str, Any]:
    """The answer in one piece; words before a call are its plan."""
    content: list[dict[str, Any]] = []
    if answer.thought:
        content.append({"type": "thinking", "thinking": answer.thought})
    message: dict[str, Any] = {"role": "assistant"}
    if answer.calls:
        message |= {"tool_calls": [_call(each, each.text) for each in answer.calls]}
        message |= {"tool_plan": answer.text} if answer.text else {}
    elif answer.text:
        content.append({"type": "text", "text": answer.text})
    if content:
        message["content"] = content
    return {"id": "made-up", "message": message, "finish_reason": _finish(answer), "usage": _USAGE}


def stream(answer: Answer) -> Iterator[bytes]:
    """The answer as it is being made."""
    empty = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
    yield event({"id": "made-up", "type": "message-start", "delta": {"message": empty}}, "message-start")
    yield from _contents(answer)
    for place, call in enumerate(answer.calls):
        yield _event("tool-call-start", place, {"tool_calls": _call(call, "")})
        for piece in pieces(call.text):
            yield _event("tool-call-delta", place, {"tool_calls": {"function": {"arguments": piece}}})
        yield event({"type": "tool-call-end", "index": place}, "tool-call-end")
    delta = {"finish_reason": _finish(answer), "usage": _USAGE}
    yield event({"type": "message-end", "id": "made-up", "delta": delta}, "message-end")
    yield b"data: [DONE]\n\n"


def _contents(answer: Answer) -> Iterator[bytes]:
    if answer.calls:
        for piece in pieces(answer.text):
            yield event({"type": "tool-plan-delta", "delta": {"message": {"tool_plan": piece}}}, "tool-plan-delta")
    texts = [("thinking", answer.thought), ("text", "" if answer.calls else answer.text)]
    for place, (kind, text) in enumerate([each for each in texts if each[1]]):
        yield _event("content-start", place, {"content": {"type": kind, kind: ""}})
        for piece in pieces(text):
            yield _event("content-delta", place, {"content": {kind: piece}})
        yield event({"type": "content-end", "index": place}, "content-end")


def _call(call: Call, arguments: str) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}


def _finish(answer: Answer) -> str:
    return "TOOL_CALL" if answer.calls else "COMPLETE"


def _event(kind: str, place: int, message: dict[str, Any]) -> bytes:
    return event({"type": kind, "index": place, "delta": {"message": message}}, kind)
