"""Items of an answer as its parts."""

from typing import Any

import pytest

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.conversation import Image, Opaque, Text, Thought, ToolCall
from trigate.llm.dialects.openai_responses.output_reader import read_item, read_logprobs, read_output
from trigate.llm.node import blame_provider


def read(item: Any) -> Any:
    return read_item(item, blame_provider, "output[0]")


def test_the_first_piece_of_a_message_knows_of_it() -> None:
    pieces = [{"type": "output_text", "text": each} for each in "ab"]
    first, second = read(
        {"type": "message", "id": "msg_1", "role": "assistant", "phase": "commentary", "content": pieces}
    )
    assert first.form["head"] == {"id": "msg_1", "phase": "commentary"}
    assert "head" not in second.form
    assert first.extra == {}


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ({"type": "reasoning", "summary": []}, Thought),
        ({"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}, ToolCall),
        ({"type": "custom_tool_call", "call_id": "c", "name": "f", "input": ""}, ToolCall),
        ({"type": "image_generation_call", "result": "iVBO", "output_format": "webp"}, Image),
        ({"type": "image_generation_call", "result": None}, Opaque),
        ({"type": "future"}, Opaque),
    ],
)
def test_items_are_read_by_their_kinds(item: Any, kind: type) -> None:
    (part,) = read(item)
    assert type(part) is kind


@pytest.mark.parametrize("item", [3, {}, {"type": "function_call"}, {"type": "message", "content": "x"}])
def test_an_item_that_cannot_be_understood_is_the_providers_fault(item: Any) -> None:
    with pytest.raises(UpstreamProtocolError):
        read_output([item], blame_provider)


def test_probabilities_of_all_texts_are_put_together() -> None:
    parts: list[Any] = [Text(text="a", form={"logprobs": [{"token": "a"}]}), Text(text="b"), Thought()]
    assert read_logprobs(parts) == {"content": [{"token": "a"}]}
    assert read_logprobs(parts[1:]) is None
