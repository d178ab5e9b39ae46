"""Calls of tools, written."""

from typing import Any

import pytest

from tests.llm.dialects.openai_chat.scene import draft, lost, read
from trigate.llm.conversation import Cache, ToolCall
from trigate.llm.dialects.openai_chat.call_writer import (
    call_object,
    plain_tools,
    signed,
    unwrap,
    write_call,
    write_function_call,
)

CALL = ToolCall(id="a", name="f", arguments='{"x":1}')


def test_a_call_is_a_function_or_a_plain_text():
    assert call_object(CALL, "a", "{}")["function"] == {"name": "f", "arguments": "{}"}
    custom = ToolCall(id="a", name="f", arguments="x", custom=True)
    assert call_object(custom, "a", "x") == {"id": "a", "type": "custom", "custom": {"name": "f", "input": "x"}}


def test_the_older_form_has_no_identifier():
    assert write_function_call(CALL) == {"name": "f", "arguments": '{"x":1}'}


@pytest.mark.parametrize(
    ("quirks", "maker", "written", "losses"),
    [
        (["extra_content"], "google", {"extra_content": signed("s", "google")}, []),
        (["extra_content"], "anthropic", {}, [("messages.content.signature", "dropped")]),
        ([], "google", {}, [("messages.content.signature", "dropped")]),
        (["reasoning_details"], "google", {}, []),
    ],
)
def test_a_signature_goes_where_it_is_understood(
    quirks: list[str], maker: str, written: dict[str, Any], losses: list[tuple[str, str]]
):
    work = draft(*quirks)
    call = write_call(work, ToolCall(id="a", name="f", signature="s", maker=maker))
    assert {name: value for name, value in call.items() if name == "extra_content"} == written
    assert lost(work) == losses


def test_a_signature_of_another_maker_says_whose_it_is():
    assert signed("s", "anthropic") == {"google": {"thought_signature": "tg~anthropic~s"}}


def test_a_call_has_no_mark():
    work = draft()
    write_call(work, ToolCall(id="a", name="f", cache=Cache()))
    assert lost(work) == [("messages.content.cache_control", "dropped")]


def test_plain_tools_are_known_by_name_and_their_texts_unwrapped():
    conversation = read(tools=[{"type": "custom", "custom": {"name": "f"}}, {"type": "web_search"}])
    assert plain_tools(conversation) == {"f"}
    assert unwrap('{"input":"a"}') == "a"
    assert unwrap('{"input":7}') == '{"input":7}'
    assert unwrap("a") == "a"
