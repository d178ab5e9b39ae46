"""What Cohere's own SDK accepts: asks as its types demand, answers and streams as it reads them."""

import json
from typing import Any

from cohere.types import ChatMessageV2, CitationOptions, ResponseFormatV2, Thinking, ToolV2
from cohere.v2.types import V2ChatRequestDocumentsItem, V2ChatResponse
from cohere.v2.types.v2chat_stream_response import V2ChatStreamResponse
from pydantic import BaseModel, ConfigDict, TypeAdapter

FUTURE = "future"
"""Members that begin so stand for those that Cohere is still to invent."""
FINISHES = frozenset({"COMPLETE", "STOP_SEQUENCE", "MAX_TOKENS", "TOOL_CALL", "ERROR", "TIMEOUT"})
OURS = frozenset({"signature"})
"""What the gateway adds for the way back; clients send back all members that they do not know."""


class _Ask(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    model: str
    messages: list[ChatMessageV2]
    stream: bool | None = None
    tools: list[ToolV2] | None = None
    strict_tools: bool | None = None
    documents: list[V2ChatRequestDocumentsItem] | None = None
    citation_options: CitationOptions | None = None
    response_format: ResponseFormatV2 | None = None
    safety_mode: str | None = None
    max_tokens: int | None = None
    stop_sequences: list[str] | None = None
    temperature: float | None = None
    seed: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    k: int | None = None
    p: float | None = None
    logprobs: bool | None = None
    tool_choice: str | None = None
    thinking: Thinking | None = None
    priority: int | None = None


_EVENT: TypeAdapter[Any] = TypeAdapter(V2ChatStreamResponse)


def check_ask(body: dict[str, Any]) -> None:
    """Raise if Cohere would not understand the ask."""
    ask = _Ask.model_validate_json(json.dumps(_known(body)))
    _nothing_unknown(ask)
    assert ask.tool_choice in {None, "REQUIRED", "NONE"}
    assert ask.tool_choice is None or ask.tools
    assert ask.thinking is None or ask.thinking.type in {"enabled", "disabled"}
    assert len(ask.stop_sequences or []) <= 5
    assert 0.01 <= (ask.p or 0.5) <= 0.99
    assert 0 <= (ask.k or 0) <= 500
    for penalty in (ask.frequency_penalty, ask.presence_penalty):
        assert 0 <= (penalty or 0) <= 1
    for tool in ask.tools or []:
        assert tool.function is not None
        assert tool.function.parameters is not None
    _check_calls(body["messages"])


def _check_calls(messages: list[dict[str, Any]]) -> None:
    """Results follow right upon the calls that they belong to."""
    waiting: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            waiting.remove(message["tool_call_id"])
            continue
        assert not waiting, f"no result for {waiting}"
        waiting = [each["id"] for each in message.get("tool_calls", [])]
        assert message.get("content") or waiting


def _known(value: Any) -> Any:
    """Without what is still to be invented."""
    if isinstance(value, list):
        return [_known(each) for each in value if not (isinstance(each, dict) and _is_new(each.get("type")))]
    if isinstance(value, dict):
        return {name: _known(each) for name, each in value.items() if not _is_new(name)}
    return value


def _is_new(name: Any) -> bool:
    return isinstance(name, str) and name.startswith(FUTURE)


def _nothing_unknown(model: BaseModel) -> None:
    extra = set(model.model_extra or {}) - OURS
    assert not extra, f"{type(model).__name__} has no {extra}"
    for name in type(model).model_fields:
        value = getattr(model, name)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, BaseModel):
                _nothing_unknown(each)


def check_reply(body: bytes) -> None:
    """Raise if the SDK could not read the answer."""
    reply = V2ChatResponse.model_validate_json(json.dumps(_known(json.loads(body))))
    _nothing_unknown(reply)
    assert reply.finish_reason in FINISHES
    if reply.finish_reason == "TOOL_CALL":
        assert reply.message.tool_calls
    for citation in reply.message.citations or []:
        assert citation.sources


def check_stream(data: bytes) -> None:
    """Raise if the SDK could not read the stream."""
    events = [each for each in data.decode().split("\n\n") if each]
    done = bool(events) and events[-1] == "data: [DONE]"
    told = [_read(each) for each in (events[:-1] if done else events)]
    open_parts: set[tuple[str, int]] = set()
    for place, event in enumerate(told):
        assert (event.type == "message-start") == (place == 0)
        _follow(event, open_parts)
    ended = bool(told) and told[-1].type == "message-end"
    if ended:
        assert told[-1].delta.finish_reason in FINISHES
        assert done == (told[-1].delta.error is None)
        assert not open_parts or not done
    assert ended or not done


def _read(written: str) -> Any:
    kind, data = written.split("\n")
    told = _known(json.loads(data.removeprefix("data: ")))
    if told["type"] == "message-start":  # Cohere sends an empty message, of which the SDK names the role alone
        message = told["delta"]["message"]
        assert not any(message.pop(name) for name in ("content", "tool_plan", "tool_calls", "citations"))
    event = _EVENT.validate_json(json.dumps(told))
    assert kind == f"event: {event.type}"
    _nothing_unknown(event)
    return event


def _follow(event: Any, open_parts: set[tuple[str, int]]) -> None:
    """Every part begins before it goes on, and ends once."""
    kind, _, step = event.type.rpartition("-")
    if kind not in {"content", "tool-call", "citation"}:
        return
    part = kind, event.index
    assert (part in open_parts) == (step != "start")
    (open_parts.add if step == "start" else open_parts.discard if step == "end" else _nothing)(part)


def _nothing(_part: tuple[str, int]) -> None:
    pass
