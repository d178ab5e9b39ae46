"""Thoughts in `reasoning_details`."""

from typing import Any

import pytest

from tests.llm.dialects.openai_chat.scene import node
from trigate.llm.conversation import Opaque, Thought
from trigate.llm.dialects.openai_chat.thought import format_of, maker_of, read_details, write_details

SUMMARY = {"type": "reasoning.summary", "summary": "Hm", "id": "rs_1", "format": "openai-responses-v1", "index": 0}
SEALED = {"type": "reasoning.encrypted", "data": "x", "id": "rs_1", "format": "openai-responses-v1", "index": 0}
SIGNED = {"type": "reasoning.text", "text": "Hm", "signature": "s", "format": "anthropic-claude-v1", "index": 3}


def read(*details: dict[str, Any]) -> list[Any]:
    return read_details([node(each) for each in details])


def test_a_summary_and_the_encrypted_thought_of_one_name_are_one():
    (thought,) = read(SUMMARY, SEALED)
    assert (thought.text, thought.signature, thought.maker, thought.summarised) == ("Hm", "x", "openai", True)
    assert write_details(thought, 7, own=True) == [SUMMARY, SEALED]


def test_thoughts_of_different_names_are_different():
    assert len(read(SUMMARY, {**SEALED, "id": "rs_2"})) == 2
    assert len(read(SIGNED, SIGNED)) == 2


def test_an_encrypted_thought_alone_is_hidden():
    (thought,) = read({**SEALED, "format": "anthropic-claude-v1"})
    assert thought.redacted
    assert thought.maker == "anthropic"


def test_what_else_is_told_of_a_thought_comes_back():
    (thought,) = read({**SIGNED, "future": 1})
    assert write_details(thought, 0, own=True) == [{**SIGNED, "future": 1}]


def test_a_kind_of_its_own_is_kept_as_it_is():
    assert isinstance(read({"type": "reasoning.server_tool_call", "x": 1})[0], Opaque)


def test_elsewhere_thoughts_are_numbered_anew():
    thought = Thought(text="Hm", signature="s", maker="anthropic")
    assert write_details(thought, 2, own=False) == [{**SIGNED, "index": 2}]
    sealed = Thought(text="Hm", signature="x", maker="openai", summarised=True, id="rs_1")
    assert write_details(sealed, 0, own=False) == [SUMMARY, SEALED]


@pytest.mark.parametrize("maker", ["anthropic", "google", "openai", "bedrock", "xai", "somebody"])
def test_makers_and_formats_stand_for_each_other(maker: str):
    assert maker_of(format_of(maker)["format"]) == maker


def test_nobody_has_no_format():
    assert format_of("") == {}
    assert maker_of("") == "unknown"
