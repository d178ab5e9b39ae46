"""Parts of an answer as items."""

from typing import Any

import pytest

from tests.llm.dialects.openai_responses.scene import ask
from trigate.llm.conversation import (
    Audio,
    Citation,
    Image,
    Media,
    Opaque,
    Part,
    Refusal,
    Text,
    Thought,
    ToolCall,
    Video,
)
from trigate.llm.dialects.openai_responses.output_writer import (
    OutputWriter,
    custom_tools,
    output_text,
    start_call,
    start_message,
    unwrap,
)
from trigate.llm.loss import Losses

PATCH = {"type": "custom", "name": "patch"}


def write(*parts: Part, tokens: Any = ()) -> tuple[list[dict[str, Any]], list[str]]:
    losses = Losses()
    items = OutputWriter(ask(tools=[PATCH]), losses, tokens, home=False).write(parts)
    return items, [each.field for each in losses.found()]


def test_texts_in_a_row_are_one_message() -> None:
    items, _ = write(Text(text="a"), Refusal(text="No."), Thought(text="Hm."), Text(text="b"))
    assert [each["type"] for each in items] == ["message", "reasoning", "message"]
    assert [each["type"] for each in items[0]["content"]] == ["output_text", "refusal"]


def test_probabilities_go_with_their_texts() -> None:
    tokens = [{"token": "a"}, {"token": "b"}, {"token": "c"}]
    items, _ = write(Text(text="ab"), Text(text="c"), tokens=tokens)
    assert [each["logprobs"] for each in items[0]["content"]] == [tokens[:2], tokens[2:]]


def test_a_call_of_a_function_that_stands_for_plain_text_is_unwrapped() -> None:
    items, _ = write(ToolCall(id="c", name="patch", arguments='{"input":"***"}'))
    assert (items[0]["type"], items[0]["input"]) == ("custom_tool_call", "***")


def test_a_call_without_arguments_has_empty_ones() -> None:
    items, _ = write(ToolCall(id="c", name="f", arguments=""))
    assert items[0]["arguments"] == "{}"


def test_what_signs_a_call_stands_before_it() -> None:
    items, _ = write(ToolCall(id="c", name="f", signature="s", maker="google"))
    assert [each["type"] for each in items] == ["reasoning", "function_call"]


def test_a_thought_that_says_nothing_is_left_out() -> None:
    assert write(Thought()) == ([], [])


def test_pictures_and_spoken_words_are_carried() -> None:
    items, lost = write(Image(media=Media(data="iVBO")), Audio(media=Media(data="x"), transcript="Hello"))
    assert (items[0]["result"], items[1]["content"][0]["text"]) == ("iVBO", "Hello")
    assert lost == ["content.audio"]


@pytest.mark.parametrize(
    ("part", "lost"),
    [
        (Image(media=Media(url="u")), "content.image"),
        (Audio(media=Media(data="x")), "content.audio"),
        (Video(media=Media(url="u")), "content.video"),
        (Opaque(dialect="x", kind="search", value={}), "content.search"),
    ],
)
def test_what_cannot_be_said_is_reported(part: Part, lost: str) -> None:
    assert write(part) == ([], [lost])


def test_what_is_left_over_is_reported() -> None:
    citation = Citation(url="u", quote="q", extra={"x": 1})
    parts = [Text(text="a", citations=[citation], extra={"y": 1}), ToolCall(id="c", name="f", extra={"z": 1})]
    assert write(*parts)[1] == ["citations.cited_text", "citations.x", "content.y", "tool_calls.z"]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ('{"input":"a"}', "a"),
        ('{"text":"a","n":1}', "a"),
        ('{"a":"x","b":"y"}', '{"a":"x","b":"y"}'),
        ('["a"]', '["a"]'),
        ("a", "a"),
        ("[" * 100000, "[" * 100000),
    ],
)
def test_a_plain_text_is_found_in_arguments(arguments: str, text: str) -> None:
    assert unwrap(arguments) == text


def test_items_begin_empty() -> None:
    assert start_message()["content"] == []
    assert start_call(ToolCall(id="", name="f"), custom=False)["call_id"].startswith("call_")
    assert start_call(ToolCall(id="c", name="f"), custom=True)["input"] == ""
    assert output_text("a", [], [])["annotations"] == []
    assert custom_tools(ask(tools=[PATCH])) == {"patch"}
