"""Cohere's SDK for Python."""

import json
from typing import Any

from cohere import ClientV2

from tests.journeys.sdks.case import FORM, LOOK_UP, PARAMETERS, PNG_TEXT, Case, Told, result_of

TOOL = {"type": "function", "function": {"name": "weather", "description": LOOK_UP, "parameters": PARAMETERS}}


def client(url: str, key: str) -> ClientV2:
    """An SDK at the gateway's address."""
    return ClientV2(api_key=key, base_url=url)


def converse(client: ClientV2, model: str, case: Case, *, streamed: bool) -> list[Told]:
    """The whole conversation."""
    asked = _asked(model, case)
    told: list[Told] = []
    while len(told) < len(case.answers):
        message, finish, usage = _streamed(client, asked) if streamed else _whole(client, asked)
        told.append(_told(message, finish, usage))
        asked["messages"].append(message)
        for call in message.get("tool_calls", []):
            result = result_of(json.loads(call["function"]["arguments"]))
            asked["messages"].append({"role": "tool", "tool_call_id": call["id"], "content": result})
    return told


def _asked(model: str, case: Case) -> dict[str, Any]:
    content: list[Any] = [{"type": "text", "text": case.words}]
    if case.image:
        content.append({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG_TEXT}"}})
    system = [{"role": "system", "content": case.system}] if case.system else []
    asked: dict[str, Any] = {"model": model, "messages": [*system, {"role": "user", "content": content}]}
    if case.tools:
        asked["tools"] = [TOOL]
    if case.thinks:
        asked["thinking"] = {"type": "enabled", "token_budget": 1024}
    if case.formed:
        asked["response_format"] = {"type": "json_object", "json_schema": FORM}
    return asked


def _whole(client: ClientV2, asked: dict[str, Any]) -> Any:
    answer = client.chat(**asked)
    return answer.message.model_dump(exclude_none=True), answer.finish_reason, answer.usage


def _streamed(client: ClientV2, asked: dict[str, Any]) -> Any:
    message: dict[str, Any] = {"role": "assistant"}
    finish: Any = None
    usage: Any = None
    for event in client.chat_stream(**asked):
        told: Any = event
        if event.type == "content-start":
            message.setdefault("content", []).append(told.delta.message.content.model_dump(exclude_none=True))
        elif event.type == "content-delta":
            block = message["content"][told.index]
            for name, piece in told.delta.message.content.model_dump(exclude_none=True).items():
                block[name] = block.get(name, "") + piece
        elif event.type == "tool-plan-delta":
            message["tool_plan"] = message.get("tool_plan", "") + told.delta.message.tool_plan
        elif event.type == "tool-call-start":
            message.setdefault("tool_calls", []).append(told.delta.message.tool_calls.model_dump(exclude_none=True))
        elif event.type == "tool-call-delta":
            function = message["tool_calls"][told.index]["function"]
            function["arguments"] += told.delta.message.tool_calls.function.arguments
        elif event.type == "message-end":
            finish, usage = told.delta.finish_reason, told.delta.usage
    return message, finish, usage


def _told(message: dict[str, Any], finish: str, usage: Any) -> Told:
    content = message.get("content", [])
    text = message.get("tool_plan", "") + "".join(each.get("text", "") for each in content)
    thought = "".join(each.get("thinking", "") for each in content)
    calls = [(each["function"]["name"], json.loads(each["function"]["arguments"]))
             for each in message.get("tool_calls", [])]  # fmt: skip
    return Told(
        text, calls, thought, finish == "TOOL_CALL", int(usage.tokens.input_tokens), int(usage.tokens.output_tokens)
    )
