"""What a model thought, as items of Responses."""

from typing import Any

import pytest

from trigate.llm.conversation import Thought
from trigate.llm.dialects.openai_responses.thought import items_of, read_reasoning, write_reasoning
from trigate.llm.error import InvalidParameter
from trigate.llm.node import blame_caller

ITEM: dict[str, Any] = {
    "type": "reasoning",
    "id": "rs_1",
    "summary": [{"type": "summary_text", "text": "a"}, {"type": "summary_text", "text": "b", "x": 1}],
    "content": [{"type": "reasoning_text", "text": "c"}],
    "encrypted_content": "sealed",
    "status": "completed",
    "y": 2,
}


def read(item: dict[str, Any]) -> list[Thought]:
    return read_reasoning(item, blame_caller, "input[0]")


@pytest.mark.parametrize(
    "item",
    [
        ITEM,
        {"type": "reasoning", "summary": []},
        {"type": "reasoning", "summary": [], "content": [], "encrypted_content": "s"},
        {"type": "reasoning", "summary": [{"type": "future", "text": "a"}]},
    ],
)
def test_an_item_comes_back_as_it_was(item: dict[str, Any]) -> None:
    assert write_reasoning(read(item), "", verbatim=True) == item


def test_every_piece_is_a_thought_and_the_last_is_signed() -> None:
    thoughts = read(ITEM)
    assert [each.text for each in thoughts] == ["a", "b", "c"]
    assert [each.summarised for each in thoughts] == [True, True, False]
    assert [each.signature for each in thoughts] == ["", "", "sealed"]
    assert {(each.id, each.maker) for each in thoughts} == {("rs_1", "openai")}


def test_what_others_must_hear_of_is_left_over_by_its_path() -> None:
    first, second, _ = read(ITEM)
    assert (first.extra, second.extra) == ({"y": 2}, {"summary.x": 1})


def test_a_sealed_thought_is_redacted() -> None:
    (thought,) = read({"type": "reasoning", "summary": [], "encrypted_content": "s"})
    assert thought.redacted


def test_a_signature_of_another_maker_is_recognised() -> None:
    (thought,) = read({"type": "reasoning", "summary": [], "encrypted_content": "tg~anthropic~s"})
    assert (thought.signature, thought.maker) == ("s", "anthropic")


def test_items_begin_where_another_ended() -> None:
    own = read(ITEM) + read({"type": "reasoning", "summary": []}) + read({"type": "reasoning", "summary": []})
    assert [len(each) for each in items_of(own)] == [3, 1, 1]
    foreign = [Thought(text="a"), Thought(text="b", signature="s"), Thought(text="c"), Thought(id="x")]
    assert [len(each) for each in items_of(foreign)] == [2, 1, 1]


def test_a_thought_of_another_dialect_is_told_as_a_summary() -> None:
    item = write_reasoning([Thought(text="a", signature="s", maker="google", extra={"x": 1})], "rs_9", verbatim=False)
    summary = [{"type": "summary_text", "text": "a"}]
    assert item == {"type": "reasoning", "id": "rs_9", "summary": summary, "encrypted_content": "tg~google~s"}


def test_a_summary_that_is_no_list_is_refused_by_its_path() -> None:
    with pytest.raises(InvalidParameter) as caught:
        read({"type": "reasoning", "summary": ["a"]})
    assert caught.value.param == "input[0].summary[0]"
