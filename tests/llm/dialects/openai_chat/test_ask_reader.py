"""A caller's body: what it says, in the words of the middle form."""

from typing import Any

import pytest

from tests.llm.dialects.openai_chat.scene import read
from trigate.llm.conversation import OutputForm
from trigate.llm.error import InvalidParameter


def test_the_stricter_of_two_bounds_holds():
    assert read(max_tokens=20, max_completion_tokens=10).most_output == 10
    assert read(max_tokens=5.0).most_output == 5


def test_only_a_caller_who_asked_for_it_sees_the_usage_of_a_stream():
    assert not read(streamed=True, stream=True).counted
    assert read(streamed=True, stream=True, stream_options={"include_usage": True}).counted


def test_one_stop_sequence_may_be_a_bare_text():
    assert read(stop="END").stop == ["END"]
    assert read(stop=["a", "b"]).stop == ["a", "b"]


def test_what_says_the_same_as_nothing_is_no_loss_anywhere():
    conversation = read(modalities=["text"], store=False, response_format={"type": "text"})
    assert conversation.extra == {}
    assert read(modalities=["text", "audio"], store=True).extra == {"modalities": ["text", "audio"], "store": True}


def test_the_user_has_two_names():
    assert read(user="a").user == read(safety_identifier="a").user == "a"
    both = read(user="a", safety_identifier="b")
    assert (both.user, both.extra) == ("b", {"user": "a"})


def test_a_form_is_any_json_or_that_of_a_schema():
    assert read(response_format={"type": "json_object"}).output == OutputForm()
    output = read(response_format={"type": "json_schema", "json_schema": {"name": "n", "schema": {"a": 1}}}).output
    assert output == OutputForm(name="n", schema={"a": 1})


def test_a_form_of_another_server_is_kept_as_it_is():
    form = {"type": "regex", "pattern": "a+"}
    assert read(response_format=form).extra == {"response_format": form}


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"messages": "Hi"}, "messages"),
        ({"messages": []}, "messages"),
        ({"temperature": "hot"}, "temperature"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"stop": [1]}, "stop"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        ({"stream_options": {"include_usage": 1}}, "stream_options.include_usage"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content[0].text"),
    ],
)
def test_what_is_of_the_wrong_kind_is_named(members: dict[str, Any], param: str):
    body = {"messages": [{"role": "user", "content": "Hi"}], **members}
    with pytest.raises(InvalidParameter) as caught:
        read(*[{"role": "user", "content": "Hi"}], **body) if "messages" not in members else _read(body)
    assert caught.value.param == param


def _read(body: dict[str, Any]) -> None:
    from trigate.llm.dialects.openai_chat.ask_reader import read_ask

    read_ask(body, "m", streamed=False)
