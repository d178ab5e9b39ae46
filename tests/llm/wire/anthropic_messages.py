"""What Anthropic's own SDK accepts: asks as it would send them, answers and streams as it reads them."""

import json
import re
import warnings
from collections.abc import Iterator
from typing import Any, get_args

import httpx2
from anthropic._streaming import SSEDecoder
from anthropic.types import Message, StopReason, message_create_params
from anthropic.types.beta import BetaMessage, BetaRawMessageStreamEvent
from anthropic.types.beta import message_create_params as beta_params
from anthropic.types.content_block_param import ContentBlockParam
from pydantic import BaseModel, ConfigDict, TypeAdapter

FUTURE = "future_"
"""Members that begin so stand for those that Anthropic is still to invent."""
_STRICT = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
_ASK = TypeAdapter[Any](message_create_params.MessageCreateParams, config=_STRICT)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of one type that allows members of any name
    _BETA_ASK = TypeAdapter[Any](beta_params.MessageCreateParams, config=_STRICT)
_BLOCK = TypeAdapter[Any](ContentBlockParam, config=_STRICT)
_BETAS = set(beta_params.MessageCreateParamsBase.__annotations__) - set(
    message_create_params.MessageCreateParamsBase.__annotations__
)
_SAMPLING = {"temperature": (0, 1), "top_p": (0, 1), "top_k": (0, 10**6)}
"""Members that API version 2023-06-01 still takes, and the SDK no more sends."""
_EVENT = TypeAdapter[Any](BetaRawMessageStreamEvent)
_MOST_MARKS = 4


def check_ask(body: dict[str, Any]) -> None:
    """Raise if Anthropic would not understand the ask."""
    body = _present(body)
    for name, (least, most) in _SAMPLING.items():
        assert least <= body.pop(name, least) <= most, name
    beta = {name: body.pop(name) for name in _BETAS & body.keys()}
    config = body.get("output_config", {})
    if "task_budget" in config:
        beta["output_config"] = body.pop("output_config")
    if beta:
        needed = {"max_tokens": 1, "messages": [], "model": "m"}
        _exhaust(_BETA_ASK.validate_python({**needed, **beta}, strict=False))
    _exhaust(_ASK.validate_python(body))
    _check_conversation(body)
    _check_thinking(body)
    assert json.dumps(body).count('"cache_control"') <= _MOST_MARKS


def _check_conversation(body: dict[str, Any]) -> None:
    messages = body["messages"]
    assert messages, "no messages"
    assert messages[0]["role"] == "user", "the user speaks first"
    called: set[str] = set()
    before = ""
    for message in messages:
        blocks = _blocks(message["content"])
        assert blocks, "a message that says nothing"
        assert message["role"] != "system" or before == "user", "the system speaks after the user alone"
        for block in blocks:
            _check_block(block, message["role"], called)
        before = message["role"]
    for block in _blocks(body.get("system", "no system")):
        assert block["text"].strip(), "an empty text"


def _check_block(block: dict[str, Any], role: str, called: set[str]) -> None:
    kind = block["type"]
    _exhaust(_BLOCK.validate_python(block))
    if kind == "text":
        assert block["text"], "an empty text"
    if kind == "tool_use":
        assert role == "assistant"
        assert re.fullmatch(r"[a-zA-Z0-9_-]+", block["id"])
        assert re.fullmatch(r"[a-zA-Z0-9_-]{1,128}", block["name"])
        called.add(block["id"])
    if kind == "tool_result":
        assert role == "user"
        assert block["tool_use_id"] in called, "a result of no call"
    if kind in {"thinking", "redacted_thinking"}:
        assert role == "assistant"
        assert block.get("signature") or block.get("data"), "a thought that nobody signed"
        assert not (block.get("signature") or block["data"]).startswith("tg~"), "signed by another maker"
    if kind in {"document", "image"}:
        assert role == "user", "a document of the assistant's"


def _check_thinking(body: dict[str, Any]) -> None:
    thinking = body.get("thinking", {})
    if thinking.get("type") == "enabled":
        assert 1024 <= thinking["budget_tokens"] < body["max_tokens"]
    if thinking.get("type") in {"enabled", "adaptive"}:
        assert body.get("tool_choice", {}).get("type") not in {"any", "tool"}, "no forced tool while thinking"


def _blocks(content: Any) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _present(value: Any) -> Any:
    """Without what is still to be invented."""
    if isinstance(value, dict):
        return {name: _present(each) for name, each in value.items() if not name.startswith(FUTURE)}
    if isinstance(value, list):
        kinds = (each.get("type") if isinstance(each, dict) else None for each in value)
        return [_present(each) for each, kind in zip(value, kinds, strict=True) if not str(kind).startswith(FUTURE)]
    return value


def _exhaust(value: Any) -> None:
    """Look into everything: what is declared as an iterable is checked while it is iterated over."""
    if isinstance(value, dict):
        for each in value.values():
            _exhaust(each)
    elif isinstance(value, list | Iterator) or type(value).__name__ == "ValidatorIterator":
        for each in value:
            _exhaust(each)


def check_reply(body: bytes) -> None:
    """Raise if the SDK could not read the answer, or does not know a word of it."""
    _check_message(json.loads(body))


def _check_message(message: Any) -> None:
    read = BetaMessage.model_validate_json(json.dumps(_present(message)))
    _know(read)
    assert read.stop_reason in get_args(StopReason)
    Message.model_validate(message)


def _know(value: Any) -> None:
    """Raise if a model, or one within it, has members that its type does not know."""
    if isinstance(value, BaseModel):
        assert not value.model_extra, f"{type(value).__name__} has no {value.model_extra}"
        for name in type(value).model_fields:
            _know(getattr(value, name))
    elif isinstance(value, list):
        for each in value:
            _know(each)


def check_stream(data: bytes) -> None:
    """Raise if the SDK could not put the stream together, or does not know a word of it."""
    snapshot: Any = None
    opened = -1
    begun = 0
    for event in SSEDecoder().iter_bytes(iter([data])):
        if event.event == "ping":
            continue
        if event.event == "error":
            _check_error(event.json())
            return
        told = event.json()
        assert told["type"] == event.event
        read = _EVENT.validate_json(json.dumps(_present(told)))
        _know(read)
        if read.type == "message_start":
            assert snapshot is None
            snapshot = read.message
            assert not snapshot.content
            assert snapshot.stop_reason is None
        assert snapshot is not None, "nothing comes before the message"
        if read.type == "content_block_start":
            assert opened < 0, "blocks follow one another"
            assert read.index == begun
            opened, begun = begun, begun + 1
        elif read.type == "content_block_delta":
            assert read.index == opened
        elif read.type == "content_block_stop":
            assert read.index == opened
            opened = -1
        elif read.type == "message_delta":
            assert opened < 0
            assert read.delta.stop_reason in get_args(StopReason)
    _accumulate(data)


def _check_error(body: Any) -> None:
    assert body["type"] == "error"
    assert isinstance(body["error"]["type"], str)
    assert isinstance(body["error"]["message"], str)


def _accumulate(data: bytes) -> None:
    """Have the SDK itself put the message together."""
    from anthropic.lib.streaming._beta_messages import accumulate_event

    snapshot: Any = None
    pieces: dict[int, bytes] = {}
    for event in SSEDecoder().iter_bytes(iter([data])):
        if event.event not in {"ping", "error"}:
            snapshot = accumulate_event(
                event=_EVENT.validate_json(json.dumps(_present(event.json()))),
                current_snapshot=snapshot,
                json_bufs=pieces,
                request_headers=httpx2.Headers(),
            )
