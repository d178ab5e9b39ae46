"""What OpenAI's own SDK accepts of Responses: asks as its types demand, answers and streams as it reads them."""

import importlib
import json
import pkgutil
from collections.abc import Iterator
from typing import Any, cast

import openai.types.responses
import openai.types.shared_params
from openai import BaseModel as SdkModel
from openai.lib.streaming.responses._responses import ResponseStreamState
from openai.types.responses import Response, ResponseStreamEvent
from openai.types.responses.response_create_params import (
    ResponseCreateParamsNonStreaming,
    ResponseCreateParamsStreaming,
)
from openai.types.responses.response_input_audio_param import ResponseInputAudioParam
from pydantic import ConfigDict, TypeAdapter

FUTURE = "future"
"""Members and kinds that begin so stand for those that OpenAI is still to invent."""
UNLISTED = frozenset({"store", "billing", "frequency_penalty", "presence_penalty", "obfuscation", "bytes"})
"""Members that the API gives and the SDK's types do not list."""
RETRIED = frozenset({"context_length_exceeded", "insufficient_quota"})
"""Codes of a failed response that Codex knows and the SDK's types do not list."""
CUSTOM = frozenset({"error"})
"""What the event of an error says once more, in the place where the SDK's streams look for it."""
WHOLE = ("response.completed", "response.incomplete", "response.failed")


def _forbid_extra() -> None:
    """Let no TypedDict of the SDK pass a member that it does not know."""
    for package in (openai.types.responses, openai.types.shared_params):
        for found in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"{package.__name__}.{found.name}")
            for each in vars(module).values():
                if isinstance(each, type) and issubclass(each, dict) and hasattr(each, "__total__"):
                    each.__pydantic_config__ = ConfigDict(extra="forbid")  # pyright: ignore[reportAttributeAccessIssue]


_forbid_extra()
_ASK = TypeAdapter(ResponseCreateParamsNonStreaming)
_STREAMED_ASK = TypeAdapter(ResponseCreateParamsStreaming)
_AUDIO = TypeAdapter(ResponseInputAudioParam)
_EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)


def check_ask(body: dict[str, Any]) -> None:
    """Raise if the SDK's types refuse the ask."""
    known = _present(body)
    adapter = _STREAMED_ASK if known.get("stream") else _ASK
    _exhaust(adapter.validate_python(known, strict=True))
    items = known["input"]
    if isinstance(items, list):
        _check_calls(cast("list[dict[str, Any]]", items))


def _check_calls(items: list[dict[str, Any]]) -> None:
    """Every call of a function has its result, if anything follows it, and no result is without its call."""
    calls = [each["call_id"] for each in items if each.get("type") in ("function_call", "custom_tool_call")]
    results = [
        each["call_id"] for each in items if each.get("type") in ("function_call_output", "custom_tool_call_output")
    ]
    assert len(set(calls)) == len(calls), "two calls of one identifier"
    assert set(results) <= set(calls) or not calls, "a result without its call"


def _present(value: Any) -> Any:
    """Without what is still to be invented; audio, which the types know but have no place for, is checked here."""
    if isinstance(value, list):
        return [_present(each) for each in value if not _is_future(each)]
    if not isinstance(value, dict):
        return value
    if value.get("type") == "input_audio":
        _AUDIO.validate_python({name: each for name, each in value.items() if not name.startswith(FUTURE)})
        return {"type": "input_text", "text": "audio"}
    return {name: _present(each) for name, each in value.items() if not name.startswith(FUTURE)}


def _is_future(value: Any) -> bool:
    return isinstance(value, dict) and str(cast("dict[str, Any]", value).get("type")).startswith(FUTURE)


def _exhaust(value: Any) -> None:
    """Look at everything: lists are validated as they are read."""
    if isinstance(value, dict):
        for each in value.values():
            _exhaust(each)
    elif not isinstance(value, str | int | float | None):
        for each in value:
            _exhaust(each)


def check_reply(body: bytes) -> None:
    """Raise if the SDK could not read the answer, or would find in it what it does not know."""
    _check_response(json.loads(body))


def _check_response(value: dict[str, Any]) -> None:
    known = _present(value)
    error = known.get("error")
    if error is not None and error["code"] in RETRIED:
        known["error"] = {**error, "code": "server_error"}
    response = Response.model_validate_json(json.dumps(known), strict=True)
    _check_extra(response, UNLISTED)
    assert response.status is not None
    ids = [each.id for each in response.output if getattr(each, "id", None)]
    assert len(set(ids)) == len(ids), "two items of one identifier"


def _check_extra(value: Any, allowed: frozenset[str]) -> None:
    if isinstance(value, SdkModel):
        unknown = set(value.model_extra or {}) - allowed
        assert not unknown, f"{type(value).__name__} knows no {unknown}"
        for name in type(value).model_fields:
            _check_extra(getattr(value, name), allowed)
    elif isinstance(value, list):
        for each in value:
            _check_extra(each, allowed)


def check_stream(data: bytes) -> None:
    """Raise if the SDK could not follow the stream to its end."""
    state: Any = ResponseStreamState(input_tools=openai.omit, text_format=openai.omit)
    told: list[Any] = []
    for place, value in enumerate(_events(data)):
        assert value["sequence_number"] == place
        if "response" in value:
            _check_response(value["response"])
        event = _EVENT.validate_json(json.dumps(_present(_without_retried(value))), strict=True)
        _check_extra(event, UNLISTED | (CUSTOM if event.type == "error" else frozenset()))
        if event.type == "error":
            assert told
        else:
            state.handle_event(event)
        told.append(event)
    _check_order([each.type for each in told])
    if told and told[-1].type in WHOLE[:2]:
        _check_whole(told[-1].response, told)


def _without_retried(value: dict[str, Any]) -> dict[str, Any]:
    error = value["response"].get("error") if "response" in value else None
    if error is None or error["code"] not in RETRIED:
        return value
    return {**value, "response": {**value["response"], "error": {**error, "code": "server_error"}}}


def _events(data: bytes) -> Iterator[dict[str, Any]]:
    for block in data.decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines())
        if lines and lines["data"] != "[DONE]":
            value = json.loads(lines["data"])
            assert lines.get("event", value["type"]) == value["type"]
            yield value


def _check_order(kinds: list[str]) -> None:
    assert not kinds or kinds[0] == "response.created"
    assert not any(each in WHOLE for each in kinds[:-1])
    assert kinds.count("response.output_item.added") >= kinds.count("response.output_item.done")


def _check_whole(response: Response, told: list[Any]) -> None:
    """The whole response at the end is what was told piece by piece."""
    items = {each.output_index: each.item for each in told if each.type == "response.output_item.done"}
    assert [items[place] for place in sorted(items)] == response.output
    said = "".join(each.delta for each in told if each.type == "response.output_text.delta")
    assert said == response.output_text
