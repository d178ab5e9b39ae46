"""A model that speaks Bedrock's Converse; streams are frames of bytes."""

import json
import struct
import zlib
from collections.abc import Iterator
from typing import Any

from tests.journeys.models.answer import INPUT, OUTPUT, Answer, pieces

_USAGE = {"inputTokens": INPUT, "outputTokens": OUTPUT, "totalTokens": INPUT + OUTPUT}
_METRICS = {"latencyMs": 7}
_TEXT = 7
"""The kind of a header whose value is text."""


def whole(answer: Answer) -> dict[str, Any]:
    """The answer in one piece."""
    content: list[dict[str, Any]] = []
    if answer.thought:
        thought = {"text": answer.thought, "signature": answer.signature}
        content.append({"reasoningContent": {"reasoningText": thought}})
    if answer.text:
        content.append({"text": answer.text})
    content += [
        {"toolUse": {"toolUseId": each.id, "name": each.name, "input": each.arguments}} for each in answer.calls
    ]
    output = {"message": {"role": "assistant", "content": content}}
    return {"output": output, "stopReason": _stop(answer), "usage": _USAGE, "metrics": _METRICS}


def stream(answer: Answer) -> Iterator[bytes]:
    """The answer as it is being made."""
    yield _frame("messageStart", {"role": "assistant"})
    for place, (start, deltas) in enumerate(_blocks(answer)):
        if start:
            yield _frame("contentBlockStart", {"start": start, "contentBlockIndex": place})
        for delta in deltas:
            yield _frame("contentBlockDelta", {"delta": delta, "contentBlockIndex": place})
        yield _frame("contentBlockStop", {"contentBlockIndex": place})
    yield _frame("messageStop", {"stopReason": _stop(answer)})
    yield _frame("metadata", {"usage": _USAGE, "metrics": _METRICS})


def _blocks(answer: Answer) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    if answer.thought:
        deltas: list[dict[str, Any]] = [{"reasoningContent": {"text": each}} for each in pieces(answer.thought)]
        yield {}, [*deltas, {"reasoningContent": {"signature": answer.signature}}]
    if answer.text:
        yield {}, [{"text": each} for each in pieces(answer.text)]
    for call in answer.calls:
        inputs: list[dict[str, Any]] = [{"toolUse": {"input": each}} for each in pieces(call.text)]
        yield {"toolUse": {"toolUseId": call.id, "name": call.name}}, inputs


def _stop(answer: Answer) -> str:
    return "tool_use" if answer.calls else "end_turn"


def _frame(kind: str, payload: dict[str, Any]) -> bytes:
    """Lengths, a checksum, headers, the payload, and a checksum of all that."""
    headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    lines = b"".join(_header(name.encode(), value.encode()) for name, value in headers.items())
    body = json.dumps(payload).encode()
    prelude = struct.pack(">II", len(lines) + len(body) + 16, len(lines))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + lines + body
    return message + struct.pack(">I", zlib.crc32(message))


def _header(name: bytes, value: bytes) -> bytes:
    return struct.pack(">B", len(name)) + name + struct.pack(">BH", _TEXT, len(value)) + value
