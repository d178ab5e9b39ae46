"""Anthropic's SDK for Python."""

from typing import Any

from anthropic import Anthropic

from tests.journeys.sdks.case import FORM, LOOK_UP, PARAMETERS, PDF_TEXT, PNG_TEXT, Case, Told, result_of

TOOL = {"name": "weather", "description": LOOK_UP, "input_schema": PARAMETERS}


def client(url: str, key: str) -> Anthropic:
    """An SDK that does not try again."""
    return Anthropic(base_url=url, api_key=key, max_retries=0)


def converse(client: Anthropic, model: str, case: Case, *, streamed: bool) -> list[Told]:
    """The whole conversation."""
    asked = _asked(model, case)
    told: list[Told] = []
    while len(told) < len(case.answers):
        message = _streamed(client, asked) if streamed else client.messages.create(**asked)
        told.append(_told(message))
        asked["messages"].append({"role": "assistant", "content": message.content})
        results = [
            {"type": "tool_result", "tool_use_id": each.id, "content": result_of(each.input)}
            for each in message.content
            if each.type == "tool_use"
        ]
        asked["messages"].append({"role": "user", "content": results})
    return told


def _asked(model: str, case: Case) -> dict[str, Any]:
    content: list[Any] = [{"type": "text", "text": case.words}]
    if case.image:
        source = {"type": "base64", "media_type": "image/png", "data": PNG_TEXT}
        content.append({"type": "image", "source": source})
    if case.pdf:
        source = {"type": "base64", "media_type": "application/pdf", "data": PDF_TEXT}
        content.append({"type": "document", "source": source})
    asked: dict[str, Any] = {"model": model, "max_tokens": 2048, "messages": [{"role": "user", "content": content}]}
    if case.system:
        asked["system"] = case.system
    if case.tools:
        asked["tools"] = [TOOL]
    if case.thinks:
        asked["thinking"] = {"type": "enabled", "budget_tokens": 1024}
    if case.formed:
        asked["output_config"] = {"format": {"type": "json_schema", "schema": FORM}}
    return asked


def _streamed(client: Anthropic, asked: dict[str, Any]) -> Any:
    with client.messages.stream(**asked) as stream:
        return stream.get_final_message()


def _told(message: Any) -> Told:
    blocks = message.content
    text = "".join(each.text for each in blocks if each.type == "text")
    thought = "".join(each.thinking for each in blocks if each.type == "thinking")
    calls = [(each.name, each.input) for each in blocks if each.type == "tool_use"]
    usage = message.usage
    return Told(text, calls, thought, message.stop_reason == "tool_use", usage.input_tokens, usage.output_tokens)
