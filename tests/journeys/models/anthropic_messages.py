"""A model that speaks Anthropic's messages."""

from collections.abc import Iterator
from typing import Any

from tests.journeys.models.answer import INPUT, OUTPUT, Answer, event, pieces


def whole(answer: Answer) -> dict[str, Any]:
    """The answer in one piece."""
    blocks: list[dict[str, Any]] = []
    if answer.thought:
        blocks.append({"type": "thinking", "thinking": answer.thought, "signature": answer.signature})
    if answer.text:
        blocks.append({"type": "text", "text": answer.text})
    blocks += [{"type": "tool_use", "id": each.id, "name": each.name, "input": each.arguments} for each in answer.calls]
    return _message(blocks, _stop(answer), OUTPUT)


def stream(answer: Answer) -> Iterator[bytes]:
    """The answer as it is being made."""
    yield _event("message_start", message=_message([], None, 1))
    yield _event("ping")
    for place, (block, deltas) in enumerate(_blocks(answer)):
        yield _event("content_block_start", index=place, content_block=block)
        for delta in deltas:
            yield _event("content_block_delta", index=place, delta=delta)
        yield _event("content_block_stop", index=place)
    delta = {"stop_reason": _stop(answer), "stop_sequence": None}
    yield _event("message_delta", delta=delta, usage={"output_tokens": OUTPUT})
    yield _event("message_stop")


def _blocks(answer: Answer) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    if answer.thought:
        deltas = [{"type": "thinking_delta", "thinking": each} for each in pieces(answer.thought)]
        deltas.append({"type": "signature_delta", "signature": answer.signature})
        yield {"type": "thinking", "thinking": "", "signature": ""}, deltas
    if answer.text:
        yield {"type": "text", "text": ""}, [{"type": "text_delta", "text": each} for each in pieces(answer.text)]
    for call in answer.calls:
        deltas = [{"type": "input_json_delta", "partial_json": each} for each in ("", *pieces(call.text))]
        yield {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}, deltas


def _stop(answer: Answer) -> str:
    return "tool_use" if answer.calls else "end_turn"


def _message(blocks: list[dict[str, Any]], stop: str | None, output: int) -> dict[str, Any]:
    usage = {"input_tokens": INPUT, "output_tokens": output}
    frame = {"id": "msg_1", "type": "message", "role": "assistant", "model": "made-up"}
    return frame | {"content": blocks, "stop_reason": stop, "stop_sequence": None, "usage": usage}


def _event(kind: str, **members: Any) -> bytes:
    return event({"type": kind, **members}, kind)
