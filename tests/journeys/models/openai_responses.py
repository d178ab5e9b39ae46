"""A model that speaks OpenAI's Responses."""

from collections.abc import Iterator
from typing import Any

from tests.journeys.models.answer import INPUT, MADE, OUTPUT, Answer, event, pieces

_Item = dict[str, Any]


def whole(answer: Answer) -> dict[str, Any]:
    """The answer in one piece."""
    return _response(_items(answer), "completed")


def stream(answer: Answer) -> Iterator[bytes]:
    """The answer as it is being made."""
    kinds = _told(answer)
    for number, (kind, members) in enumerate(kinds):
        yield event({"type": kind, "sequence_number": number, **members}, kind)


def _told(answer: Answer) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "response.created", {"response": _response([], "in_progress")}
    yield "response.in_progress", {"response": _response([], "in_progress")}
    items = _items(answer)
    for place, item in enumerate(items):
        at = {"output_index": place}
        yield "response.output_item.added", {**at, "item": _begun(item)}
        yield from _TELLERS[item["type"]](item, at | {"item_id": item["id"]})
        yield "response.output_item.done", {**at, "item": item}
    yield "response.completed", {"response": _response(items, "completed")}


def _thinks(item: _Item, at: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    name = "response.reasoning_summary"
    (part,) = item["summary"]
    at = {**at, "summary_index": 0}
    yield f"{name}_part.added", {**at, "part": {"type": "summary_text", "text": ""}}
    for piece in pieces(part["text"]):
        yield f"{name}_text.delta", {**at, "delta": piece}
    yield f"{name}_text.done", {**at, "text": part["text"]}
    yield f"{name}_part.done", {**at, "part": part}


def _says(item: _Item, at: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    (part,) = item["content"]
    at = {**at, "content_index": 0}
    yield "response.content_part.added", {**at, "part": {**part, "text": ""}}
    for piece in pieces(part["text"]):
        yield "response.output_text.delta", {**at, "delta": piece, "logprobs": []}
    yield "response.output_text.done", {**at, "text": part["text"], "logprobs": []}
    yield "response.content_part.done", {**at, "part": part}


def _calls(item: _Item, at: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    name = "response.function_call_arguments"
    for piece in pieces(item["arguments"]):
        yield f"{name}.delta", {**at, "delta": piece}
    yield f"{name}.done", {**at, "arguments": item["arguments"]}


_TELLERS = {"reasoning": _thinks, "message": _says, "function_call": _calls}


def _begun(item: _Item) -> _Item:
    if item["type"] == "reasoning":
        return {"id": item["id"], "type": "reasoning", "summary": []}
    if item["type"] == "message":
        return {**item, "status": "in_progress", "content": []}
    return {**item, "status": "in_progress", "arguments": ""}


def _items(answer: Answer) -> list[_Item]:
    items: list[_Item] = []
    if answer.thought:
        summary = [{"type": "summary_text", "text": answer.thought}]
        items.append({"id": "rs_1", "type": "reasoning", "summary": summary, "encrypted_content": answer.signature})
    if answer.text:
        part = {"type": "output_text", "text": answer.text, "annotations": [], "logprobs": []}
        items.append({"id": "msg_1", "type": "message", "status": "completed", "role": "assistant", "content": [part]})
    for place, call in enumerate(answer.calls, 1):
        item = {"id": f"fc_{place}", "type": "function_call", "status": "completed", "call_id": call.id}
        items.append({**item, "name": call.name, "arguments": call.text})
    return items


def _response(items: list[_Item], status: str) -> dict[str, Any]:
    done = status == "completed"
    usage = {
        "input_tokens": INPUT, "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": OUTPUT, "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": INPUT + OUTPUT,
    }  # fmt: skip
    return {
        "id": "resp_1", "object": "response", "created_at": MADE, "status": status, "background": False,
        "completed_at": MADE + 1 if done else None, "error": None, "incomplete_details": None, "instructions": None,
        "max_output_tokens": None, "model": "made-up", "output": items, "parallel_tool_calls": True,
        "previous_response_id": None, "reasoning": {"effort": None, "summary": None}, "store": False,
        "temperature": 1.0, "text": {"format": {"type": "text"}}, "tool_choice": "auto", "tools": [], "top_p": 1.0,
        "truncation": "disabled", "usage": usage if done else None, "user": None, "metadata": {},
    }  # fmt: skip
