"""Parts of the middle form for Google and for its callers."""

from typing import Any

import pytest

from trigate.llm.conversation import (
    Audio,
    Cache,
    File,
    Image,
    Media,
    Opaque,
    Part,
    Refusal,
    Text,
    Thought,
    ToolCall,
    ToolResult,
)
from trigate.llm.dialects.gemini_content.part_writer import PartWriter
from trigate.llm.dialects.gemini_content.seal import seal
from trigate.llm.loss import Losses


def written(part: Part, *, seals: bool = False) -> tuple[Any, list[tuple[str, str]]]:
    losses = Losses()
    found = PartWriter("anthropic_messages", losses, seals=seals).write(part)
    return found, [(each.field, each.fate) for each in losses.found()]


def test_a_thought_that_another_signed_is_not_sent_but_told():
    thought = Thought(text="Hm", signature="xyz", maker="anthropic")
    assert written(thought) == (None, [("messages.content", "dropped")])


def test_a_caller_gets_another_makers_signature_in_base64():
    found, losses = written(Thought(text="Hm", signature="xyz", maker="anthropic"), seals=True)
    assert found == {"text": "Hm", "thought": True, "thoughtSignature": seal("xyz", "anthropic")}
    assert not losses


def test_googles_signature_goes_home():
    call = ToolCall(id="c", name="f", signature="AAAA", maker="google")
    assert written(call)[0] == {"functionCall": {"id": "c", "name": "f", "args": {}}, "thoughtSignature": "AAAA"}


@pytest.mark.parametrize("arguments", ["[1]", "5", "{", "plain", '"a"'])
def test_arguments_that_are_no_object_become_one(arguments: str):
    found, losses = written(ToolCall(id="c", name="f", arguments=arguments))
    assert found["functionCall"]["args"] == {"input": arguments}
    assert losses == [("messages.content.arguments", "degraded")]


def test_a_result_gets_the_name_of_its_call():
    writer = PartWriter("openai_chat", Losses(), seals=False)
    writer.write(ToolCall(id="c", name="f"))
    result = writer.write(ToolResult(call="c", parts=[Text(text="a"), Text(text="b")]))
    assert result == {"functionResponse": {"id": "c", "name": "f", "response": {"output": "a\nb"}}}


def test_a_failure_is_called_an_error_and_pictures_go_along():
    image = Image(media=Media(data="AA", mime="image/png"))
    found, losses = written(ToolResult(call="c", name="f", parts=[Text(text="no"), image], failed=True))
    assert found["functionResponse"]["response"] == {"error": "no"}
    assert found["functionResponse"]["parts"] == [{"inlineData": {"mimeType": "image/png", "data": "AA"}}]
    assert not losses


def test_a_failure_without_words_is_still_one():
    assert written(ToolResult(call="c", name="f", failed=True))[0]["functionResponse"]["response"] == {"error": ""}


@pytest.mark.parametrize(
    ("part", "found", "losses"),
    [
        (Text(text="a", cache=Cache("1h")), {"text": "a"}, [("messages.content.cache_control", "dropped")]),
        (Text(text="a", extra={"x": 1}), {"text": "a"}, [("messages.content.x", "dropped")]),
        (Refusal(text="No."), {"text": "No."}, []),
        (File(media=Media(file="file-1")), None, [("messages.content.file", "dropped")]),
        (File(media=Media(), text="plain"), {"text": "plain"}, [("messages.content.file", "degraded")]),
        (Audio(media=Media(file="a-1"), transcript="hi"), {"text": "hi"}, [("messages.content.audio", "degraded")]),
        (
            Opaque(dialect="anthropic_messages", kind="search_result", value={}),
            None,
            [("messages.content.search_result", "dropped")],
        ),
    ],
)
def test_what_cannot_be_said_is_told(part: Part, found: Any, losses: list[tuple[str, str]]):
    assert written(part) == (found, losses)


def test_the_questions_of_a_document_are_told_as_lost():
    part = File(media=Media(data="AA", mime="application/pdf"), name="a.pdf", context="why", cited=True)
    found, losses = written(part)
    assert found == {"inlineData": {"mimeType": "application/pdf", "data": "AA", "displayName": "a.pdf"}}
    assert losses == [("messages.content.context", "dropped"), ("messages.content.citations", "dropped")]


def test_a_close_look_is_a_high_resolution():
    part = Image(media=Media(data="AA", mime="image/png"), detail="high")
    assert written(part)[0]["mediaResolution"] == {"level": "MEDIA_RESOLUTION_HIGH"}
