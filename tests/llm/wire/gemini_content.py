"""What Google's own SDK accepts: asks as it would send them, answers and streams as it reads them."""

import json
import re
from typing import Any

from google.genai import types
from pydantic import BaseModel, ConfigDict, Field

FUTURE = "future"
"""Members that begin so stand for those that Google is still to invent."""


class _GenerationConfig(types.GenerationConfig):
    """As the API takes it; the SDK keeps this member elsewhere."""

    image_config: types.ImageConfig | None = None


class _Ask(BaseModel):
    model_config = ConfigDict(extra="forbid")

    contents: list[types.Content]
    system_instruction: types.Content | None = Field(None, alias="systemInstruction")
    tools: list[types.Tool] | None = None
    tool_config: types.ToolConfig | None = Field(None, alias="toolConfig")
    safety_settings: list[types.SafetySetting] | None = Field(None, alias="safetySettings")
    generation_config: _GenerationConfig | None = Field(None, alias="generationConfig")
    cached_content: str | None = Field(None, alias="cachedContent")
    labels: dict[str, str] | None = None
    service_tier: types.ServiceTier | None = Field(None, alias="serviceTier")
    store: bool | None = None
    continuation_token: str | None = Field(None, alias="continuationToken")


def check_ask(body: dict[str, Any]) -> None:
    """Raise if Google would not understand the ask."""
    ask = _Ask.model_validate_json(json.dumps(_present(body)))
    for content in ask.contents:
        assert content.role in {"user", "model", "function", None}
        for part in content.parts or []:
            _check_part(part)
    open_calls = _names(ask.contents, "function_call")
    for name in _names(ask.contents, "function_response"):
        assert name in open_calls or not open_calls, f"{name} was never called"


def _check_part(part: types.Part) -> None:
    data = part.model_dump(exclude_none=True)
    kinds = {"text", "inline_data", "file_data", "function_call", "function_response"}
    kinds |= {"executable_code", "code_execution_result", "tool_call", "tool_response"}
    assert len(kinds & set(data)) <= 1, data
    assert data, "a part that says nothing"
    if part.function_call is not None:
        assert re.fullmatch(r"[A-Za-z0-9_.:-]{1,128}", part.function_call.name or "")


def _names(contents: list[types.Content], kind: str) -> list[str]:
    found = [getattr(part, kind) for content in contents for part in content.parts or []]
    return [each.name for each in found if each is not None]


def _present(value: Any) -> Any:
    """Without what is still to be invented."""
    if isinstance(value, dict):
        if len(value) == 1 and next(iter(value)).startswith(FUTURE):
            return {"text": "still to be invented"} if next(iter(value)) == "futureKind" else {}
        return {name: _present(each) for name, each in value.items() if not name.startswith(FUTURE)}
    return [_present(each) for each in value] if isinstance(value, list) else value


def check_reply(body: bytes) -> None:
    """Raise if the SDK could not read the answer."""
    _check(json.loads(body))


def _check(answer: Any) -> None:
    reply = types.GenerateContentResponse.model_validate_json(json.dumps(_present(answer)))
    for candidate in reply.candidates or []:
        assert candidate.content is None or candidate.content.role == "model"
        for part in candidate.content.parts or [] if candidate.content else []:
            _check_part(part)


def check_stream(data: bytes) -> None:
    """Raise if the SDK could not read the stream."""
    for line in data.decode().splitlines():
        if not line:
            continue
        assert line.startswith("data: "), line
        answer = json.loads(line[6:])
        if "error" in answer:
            assert {"code", "message", "status"} <= set(answer["error"])
            return
        _check(answer)
