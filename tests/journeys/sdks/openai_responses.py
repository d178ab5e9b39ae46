"""OpenAI's SDK for Python, by Responses."""

import json
from typing import Any

from openai import OpenAI

from tests.journeys.sdks import openai_chat
from tests.journeys.sdks.case import LOOK_UP, PARAMETERS, PDF_TEXT, PNG_TEXT, Case, Told, Weather, result_of

client = openai_chat.client
TOOL = {"type": "function", "name": "weather", "description": LOOK_UP, "parameters": PARAMETERS, "strict": True}


def converse(client: OpenAI, model: str, case: Case, *, streamed: bool) -> list[Told]:
    """The whole conversation; nothing is kept at the provider."""
    asked = _asked(model, case)
    told: list[Told] = []
    while len(told) < len(case.answers):
        answer = _streamed(client, asked) if streamed else _whole(client, asked)
        if case.formed:
            assert answer.output_parsed == Weather(town="Brno", degrees=21)
        told.append(_told(answer))
        asked["input"] += [each.model_dump(exclude_none=True) for each in _plain(answer.output)]
        for item in answer.output:
            if item.type == "function_call":
                result = result_of(json.loads(item.arguments))
                asked["input"].append({"type": "function_call_output", "call_id": item.call_id, "output": result})
    return told


def _asked(model: str, case: Case) -> dict[str, Any]:
    content: list[Any] = [{"type": "input_text", "text": case.words}]
    if case.image:
        content.append({"type": "input_image", "detail": "auto", "image_url": f"data:image/png;base64,{PNG_TEXT}"})
    if case.pdf:
        data = f"data:application/pdf;base64,{PDF_TEXT}"
        content.append({"type": "input_file", "filename": "page.pdf", "file_data": data})
    asked: dict[str, Any] = {"model": model, "input": [{"role": "user", "content": content}], "store": False}
    if case.system:
        asked["instructions"] = case.system
    if case.tools:
        asked["tools"] = [TOOL]
    if case.thinks:
        asked |= {"reasoning": {"effort": "low", "summary": "auto"}, "include": ["reasoning.encrypted_content"]}
    if case.formed:
        asked["text_format"] = Weather
    return asked


def _whole(client: OpenAI, asked: dict[str, Any]) -> Any:
    return client.responses.parse(**asked) if "text_format" in asked else client.responses.create(**asked)


def _streamed(client: OpenAI, asked: dict[str, Any]) -> Any:
    with client.responses.stream(**asked) as stream:
        for _ in stream:
            pass
        return stream.get_final_response()


def _plain(output: list[Any]) -> list[Any]:
    """Without what the SDK adds for its users."""
    for item in output:
        if item.type == "function_call" and hasattr(item, "parsed_arguments"):
            item.parsed_arguments = None
        for part in getattr(item, "content", None) or []:
            if hasattr(part, "parsed"):
                part.parsed = None
    return output


def _told(answer: Any) -> Told:
    calls = [(each.name, json.loads(each.arguments)) for each in answer.output if each.type == "function_call"]
    thoughts = [part.text for each in answer.output if each.type == "reasoning"
                for part in [*each.summary, *(each.content or [])]]  # fmt: skip
    usage = answer.usage
    return Told(
        answer.output_text, calls, "".join(thoughts), bool(calls) and answer.status == "completed",
        usage.input_tokens, usage.output_tokens,
    )  # fmt: skip
