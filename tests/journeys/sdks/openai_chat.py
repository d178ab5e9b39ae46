"""OpenAI's SDK for Python, by chat completions."""

import json
from typing import Any

from openai import OpenAI

from tests.journeys.sdks.case import FORM, LOOK_UP, PARAMETERS, PDF_TEXT, PNG_TEXT, Case, Told, Weather, result_of

TOOL = {"type": "function", "function": {"name": "weather", "description": LOOK_UP, "parameters": PARAMETERS}}


def client(url: str, key: str) -> OpenAI:
    """An SDK that does not try again."""
    return OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0)


def converse(client: OpenAI, model: str, case: Case, *, streamed: bool) -> list[Told]:
    """The whole conversation."""
    asked: dict[str, Any] = {"model": model, "messages": _messages(case)}
    if case.tools:
        asked["tools"] = [TOOL]
    if case.thinks:
        asked["reasoning_effort"] = "low"
    told: list[Told] = []
    while len(told) < len(case.answers):
        message = (_pieced if case.thinks else _streamed)(client, asked, case) if streamed else None
        message = message or _whole(client, asked, case)
        told.append(_told(message))
        asked["messages"].append(message["message"])
        for call in message["message"].get("tool_calls", []):
            result = result_of(json.loads(call["function"]["arguments"]))
            asked["messages"].append({"role": "tool", "tool_call_id": call["id"], "content": result})
    return told


def _messages(case: Case) -> list[Any]:
    content: list[Any] = [{"type": "text", "text": case.words}]
    if case.image:
        content.append({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG_TEXT}"}})
    if case.pdf:
        file = {"filename": "page.pdf", "file_data": f"data:application/pdf;base64,{PDF_TEXT}"}
        content.append({"type": "file", "file": file})
    system = [{"role": "system", "content": case.system}] if case.system else []
    return [*system, {"role": "user", "content": content if len(content) > 1 else case.words}]


def _whole(client: OpenAI, asked: dict[str, Any], case: Case) -> dict[str, Any]:
    if not case.formed:
        return _dump(client.chat.completions.create(**asked))
    parsed = client.chat.completions.parse(**asked, response_format=Weather)
    assert parsed.choices[0].message.parsed == Weather(town="Brno", degrees=21)
    return _dump(parsed)


def _form(case: Case) -> dict[str, Any]:
    schema = {"name": "weather", "schema": FORM, "strict": True}
    return {"response_format": {"type": "json_schema", "json_schema": schema}} if case.formed else {}


def _streamed(client: OpenAI, asked: dict[str, Any], case: Case) -> dict[str, Any]:
    """Put together by the SDK."""
    with client.chat.completions.stream(**asked, **_form(case), stream_options={"include_usage": True}) as stream:
        return _dump(stream.get_final_completion())


def _pieced(client: OpenAI, asked: dict[str, Any], case: Case) -> dict[str, Any]:
    """Put together by hand, as callers do who want thoughts: pieces of them go back as they came."""
    message: dict[str, Any] = {"role": "assistant", "content": "", "tool_calls": [], "reasoning_details": []}
    found: dict[str, Any] = {"message": message, "reasoning": ""}
    for chunk in client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True}):
        found["usage"] = chunk.usage or found.get("usage")
        for choice in chunk.choices:
            found["finish"] = choice.finish_reason or found.get("finish")
            delta = choice.delta.model_dump(exclude_none=True)
            message["content"] += delta.get("content", "")
            message["reasoning_details"] += delta.get("reasoning_details", [])
            found["reasoning"] += delta.get("reasoning", delta.get("reasoning_content", ""))
            for call in delta.get("tool_calls", []):
                if "id" in call:
                    message["tool_calls"].append(call)
                    call.pop("index")
                else:
                    message["tool_calls"][call["index"]]["function"]["arguments"] += call["function"]["arguments"]
    found["message"] = {name: value for name, value in message.items() if value}
    return found


def _dump(answer: Any) -> dict[str, Any]:
    choice = answer.choices[0]
    message = choice.message.model_dump(exclude_none=True, exclude={"parsed"})
    for call in message.get("tool_calls", []):
        call["function"].pop("parsed_arguments", None)
        call.pop("index", None)
    thought = message.get("reasoning", message.get("reasoning_content", ""))
    return {"message": message, "finish": choice.finish_reason, "usage": answer.usage, "reasoning": thought}


def _told(found: dict[str, Any]) -> Told:
    message, usage = found["message"], found["usage"]
    calls = [(each["function"]["name"], json.loads(each["function"]["arguments"]))
             for each in message.get("tool_calls", [])]  # fmt: skip
    wants = found["finish"] == "tool_calls"
    return Told(
        message.get("content", ""), calls, found["reasoning"], wants, usage.prompt_tokens, usage.completion_tokens
    )
