"""What OpenAI's own SDK accepts: asks as its types demand, answers and streams as it reads them.

Members that are no part of OpenAI's API but the custom of compatible servers and their callers are listed here, and
taken away before the SDK's types judge the rest.
"""

import importlib
import json
import pkgutil
import re
from typing import Any, get_args

import openai.types.chat
import openai.types.shared_params
import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk, completion_create_params
from pydantic import BaseModel, ConfigDict, TypeAdapter
from typing_extensions import is_typeddict

FUTURE = "future"
"""Members that begin so stand for those that OpenAI is still to invent."""
CUSTOMARY = frozenset(
    {
        "cache_control", "extra_content", "images", "min_p", "reasoning", "reasoning_content", "reasoning_details",
        "thinking", "top_k",
    }
)  # fmt: skip
PARTS = frozenset({"video_url"})
"""Parts that other servers know."""
ANNOTATION = frozenset({"content"})
"""What OpenRouter tells of a source beyond what OpenAI does."""


def _judges() -> list[TypeAdapter[Any]]:
    """The SDK's types for asks, without members that it does not name, and with lists that are judged at once."""
    with pytest.MonkeyPatch.context() as patch:
        for package in (openai.types.chat, openai.types.shared_params):
            for found in pkgutil.iter_modules(package.__path__):
                module = importlib.import_module(f"{package.__name__}.{found.name}")
                patch.setattr(module, "Iterable", list, raising=False)
                for each in filter(is_typeddict, vars(module).values()):
                    patch.setattr(each, "__pydantic_config__", ConfigDict(extra="forbid"), raising=False)
        kinds = completion_create_params.CompletionCreateParams
        return [TypeAdapter(each) for each in get_args(kinds)]


_PLAIN, _STREAMED = _judges()


def check_ask(body: dict[str, Any]) -> None:
    """Raise if OpenAI would not understand the ask."""
    known = _known(body)
    _leave_out_custom(known["messages"])
    judge = _STREAMED if known.get("stream") else _PLAIN
    judge.validate_json(json.dumps(known), strict=True)
    _check_calls(known["messages"])
    assert len(known.get("stop") or []) <= 4 or isinstance(known["stop"], str)
    if "tool_choice" in known or "parallel_tool_calls" in known:
        assert known.get("tools")
    for tool in known.get("tools", []):
        assert re.fullmatch(r"[A-Za-z0-9_.:-]{1,128}", tool[tool["type"]]["name"])


def _check_calls(messages: list[dict[str, Any]]) -> None:
    """Results follow right upon the calls that they belong to."""
    waiting: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            waiting.remove(message["tool_call_id"])
            continue
        assert not waiting, f"no result for {waiting}"
        calls = message.get("tool_calls", [])
        waiting = [each["id"] for each in calls]
        if message["role"] == "assistant":
            assert message.get("content") or calls or {"refusal", "audio", "function_call"} & set(message)
    assert all(len(each) <= 40 for each in waiting)


def _known(value: Any) -> Any:
    """Without what is customary elsewhere, or still to be invented."""
    if isinstance(value, list):
        return [_known(each) for each in value if not _foreign(each)]
    if not isinstance(value, dict):
        return value
    return {
        name: each if name in {"parameters", "schema", "metadata"} else _known(each)
        for name, each in value.items()
        if name not in CUSTOMARY and not name.startswith(FUTURE)
    }


def _leave_out_custom(messages: list[dict[str, Any]]) -> None:
    """Sources come back with the answer that named them; some servers take images as results."""
    for message in messages:
        message.pop("annotations", None)
        if message["role"] == "tool" and isinstance(message["content"], list):
            message["content"] = [each for each in message["content"] if each["type"] != "image_url"]


def _foreign(part: Any) -> bool:
    kind = part.get("type") if isinstance(part, dict) else None
    return kind in PARTS or (isinstance(kind, str) and kind.startswith(FUTURE))


def check_reply(body: bytes) -> None:
    """Raise if the SDK could not read the answer."""
    answer = _known(json.loads(body))
    _nothing_unknown(ChatCompletion.model_validate_json(json.dumps(answer)))
    for choice in answer["choices"]:
        message = choice["message"]
        if choice["finish_reason"] == "tool_calls":
            assert message["tool_calls"]


def _nothing_unknown(model: BaseModel, allowed: frozenset[str] = frozenset()) -> None:
    extra = set(model.model_extra or {}) - allowed
    assert not extra, f"{type(model).__name__} has no {extra}"
    for name in type(model).model_fields:
        value = getattr(model, name)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, BaseModel):
                _nothing_unknown(each, ANNOTATION if name == "url_citation" else frozenset())


def check_stream(data: bytes) -> None:
    """Raise if the SDK could not read the stream."""
    if not data:
        return
    assert data.endswith(b"\n\n")
    events = [each.removeprefix("data: ") for each in data.decode().split("\n\n") if each]
    if '"error"' in events[-1][:10]:
        assert {"message", "type", "param", "code"} == set(json.loads(events.pop())["error"])
        assert "[DONE]" not in events
    _check_chunks([_read_chunk(each) for each in events if each != "[DONE]"], done=events[-1:] == ["[DONE]"])
    assert "[DONE]" not in events[:-1]


def _read_chunk(event: str) -> ChatCompletionChunk:
    chunk = _known(json.loads(event))
    for choice in chunk["choices"]:
        choice["delta"].pop("annotations", None)
        for call in choice["delta"].get("tool_calls", []):
            if "custom" in call:  # which OpenAI sends, and the SDK reads, but its types do not know
                custom = call.pop("custom")
                call["function"] = {
                    "arguments": custom["input"],
                    **({"name": custom["name"]} if "name" in custom else {}),
                }
                call.update({"type": "function"} if "type" in call else {})
    read = ChatCompletionChunk.model_validate_json(json.dumps(chunk))
    _nothing_unknown(read)
    return read


def _check_chunks(chunks: list[ChatCompletionChunk], *, done: bool) -> None:
    if not chunks:
        assert not done
        return
    assert len({(each.id, each.created, each.model) for each in chunks}) == 1
    choices: dict[int, dict[str, Any]] = {}
    for chunk in chunks:
        assert chunk.choices or chunk.usage
        assert chunk.usage is None or chunk is chunks[-1]
        for choice in chunk.choices:
            _check_choice(choice, choices.setdefault(choice.index, {"calls": {}, "over": False, "begun": False}))
    assert done == all(each["over"] for each in choices.values())


def _check_choice(choice: Any, told: dict[str, Any]) -> None:
    assert not told["over"], "a choice goes on after its end"
    if not told["begun"]:
        assert choice.delta.role == "assistant"
        told["begun"] = True
    for call in choice.delta.tool_calls or []:
        if call.index not in told["calls"]:
            assert call.index == len(told["calls"])
            assert call.id
            assert call.function.name
        told["calls"].setdefault(call.index, call.id)
    told["over"] = choice.finish_reason is not None
    assert choice.finish_reason != "tool_calls" or told["calls"]
