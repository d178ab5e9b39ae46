"""What an ask wants of a model."""

from typing import Any

import msgspec
import pytest

from tests.llm.troupe import ask_of
from trigate.llm.need import needs_of
from trigate.llm.operations import anthropic_messages, bedrock_converse, gemini_content, openai_responses


def turn(*parts: Any) -> list[Any]:
    return [{"role": "user", "content": list(parts)}]


@pytest.mark.parametrize(
    ("members", "needs"),
    [
        ({}, set[str]()),
        ({"messages": turn({"type": "image_url", "image_url": {"url": "https://x/y.png"}})}, {"vision"}),
        ({"messages": turn({"type": "input_audio", "input_audio": {"data": "", "format": "wav"}})}, {"audio_input"}),
        ({"messages": turn({"type": "file", "file": {"file_id": "f"}})}, {"file_input"}),
        ({"messages": turn({"type": "text", "text": 'say "image_url" and "input_audio"'})}, set[str]()),
        ({"tools": [{"type": "function"}]}, {"tools"}),
        ({"tools": []}, set[str]()),
        ({"tools": None}, set[str]()),
        ({"response_format": {"type": "json_schema", "json_schema": {}}}, {"structured_output"}),
        ({"response_format": {"type": "json_object"}}, set[str]()),
        ({"reasoning_effort": "high"}, {"reasoning"}),
        ({"reasoning_effort": "none"}, set[str]()),
    ],
)
def test_of_a_chat_completion(members: dict[str, Any], needs: set[str]):
    assert needs_of(ask_of(**members)) == needs


@pytest.mark.parametrize(
    ("operation", "members", "needs"),
    [
        (anthropic_messages, {"messages": turn({"type": "image", "source": {}})}, {"vision"}),
        (anthropic_messages, {"thinking": {"type": "enabled", "budget_tokens": 1024}}, {"reasoning"}),
        (anthropic_messages, {"thinking": {"type": "disabled"}}, set[str]()),
        (anthropic_messages, {"messages": turn({"type": "document", "source": {}})}, {"file_input"}),
        (openai_responses, {"input": turn({"type": "input_image", "image_url": "x"})}, {"vision"}),
        (openai_responses, {"text": {"format": {"type": "json_schema"}}}, {"structured_output"}),
        (gemini_content, {"contents": [{"parts": [{"inlineData": {"mimeType": "image/png"}}]}]}, {"vision"}),
        (gemini_content, {"generationConfig": {"responseSchema": {}}}, {"structured_output"}),
        (bedrock_converse, {"messages": turn({"image": {"format": "png", "source": {}}})}, {"vision"}),
        (bedrock_converse, {"toolConfig": {"tools": [{}]}}, {"tools"}),
    ],
)
def test_of_other_dialects(operation: Any, members: dict[str, Any], needs: set[str]):
    assert needs_of(operation.OPERATION.decode(msgspec.json.encode({"model": "m", **members}))) == needs
