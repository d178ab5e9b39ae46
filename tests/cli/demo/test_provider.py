"""The demo's provider speaks OpenAI's API, and says the same to the same question."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.demo.visit import Visit, visit
from trigate.cli.demo.provider import Provider

CHAT = b"/v1/chat/completions"
ASK: dict[str, Any] = {"model": "demo-chat", "messages": [{"role": "user", "content": "What is the weather in Paris?"}]}
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "unit": {"enum": ["celsius", "kelvin"]}},
            "required": ["city", "unit"],
        },
    },
}


async def chat(**changes: Any) -> Visit:
    return await visit(Provider(pace=0), b"POST", CHAT, {**ASK, **changes})


async def test_a_completion_has_openais_shape_and_true_counts():
    answer = (await chat()).json
    assert answer["object"] == "chat.completion"
    (choice,) = answer["choices"]
    assert choice["finish_reason"] == "stop"
    assert "What is the weather in Paris?" in choice["message"]["content"]
    words = len(choice["message"]["content"].split())
    assert answer["usage"] == {"prompt_tokens": 10, "completion_tokens": words, "total_tokens": 10 + words}


async def test_the_same_question_has_the_same_answer():
    assert (await chat()).body == (await chat()).body
    assert (await chat(user="x")).json["id"] != (await chat()).json["id"]


async def test_a_stream_says_the_same_words_one_by_one():
    plain = (await chat()).json
    events = (await chat(stream=True)).events
    assert events[-1] == b"[DONE]"
    chunks = events[:-1]
    deltas = [each["choices"][0]["delta"] for each in chunks]
    assert deltas[0] == {"role": "assistant", "content": ""}
    assert "".join(each.get("content") or "" for each in deltas) == plain["choices"][0]["message"]["content"]
    assert len(deltas) == 2 + plain["usage"]["completion_tokens"]
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert all("usage" not in each for each in chunks)


async def test_a_stream_ends_with_its_usage_if_asked():
    events = (await chat(stream=True, stream_options={"include_usage": True})).events
    assert events[-2]["choices"] == []
    assert events[-2]["usage"] == (await chat()).json["usage"]
    assert all(each["usage"] is None for each in events[:-2])


@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
async def test_a_limit_cuts_the_answer(limit: str):
    answer = (await chat(**{limit: 2})).json
    assert answer["choices"][0]["message"]["content"] == "You said:"
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"]["completion_tokens"] == 2


async def test_a_tool_the_user_speaks_of_is_called():
    answer = (await chat(tools=[WEATHER])).json
    (choice,) = answer["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    (call,) = choice["message"]["tool_calls"]
    assert call["function"]["name"] == "get_weather"
    arguments = msgspec.json.decode(call["function"]["arguments"])
    assert arguments == {"city": "What is the weather in Paris?", "unit": "celsius"}


async def test_a_streamed_tool_call_comes_in_pieces_that_make_the_whole():
    (whole,) = (await chat(tools=[WEATHER])).json["choices"][0]["message"]["tool_calls"]
    chunks = (await chat(tools=[WEATHER], stream=True)).events[:-1]
    deltas = [each["choices"][0]["delta"] for each in chunks]
    calls = [call for each in deltas for call in each.get("tool_calls", [])]
    assert calls[0]["id"].startswith("call_")
    assert calls[0]["function"]["name"] == whole["function"]["name"]
    assert "".join(each["function"]["arguments"] for each in calls) == whole["function"]["arguments"]
    assert chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"


@pytest.mark.parametrize(
    ("choice", "called"),
    [
        ("none", False),
        ("auto", False),
        ("required", True),
        ({"type": "function", "function": {"name": "get_weather"}}, True),
    ],
)
async def test_the_callers_choice_of_tools_is_kept(choice: object, called: bool):
    messages = [{"role": "user", "content": "Hello"}]
    answer = (await chat(messages=messages, tools=[WEATHER], tool_choice=choice)).json
    assert (answer["choices"][0]["finish_reason"] == "tool_calls") is called


async def test_a_tools_answer_is_told():
    messages = [*ASK["messages"], {"role": "tool", "tool_call_id": "call_1", "content": "rain"}]
    answer = (await chat(messages=messages, tools=[WEATHER])).json
    assert answer["choices"][0]["message"]["content"] == "The tool says: rain"


async def test_parts_of_text_are_understood_and_others_skipped():
    content = [{"type": "text", "text": "Look:"}, {"type": "image_url", "image_url": {"url": "data:,"}}]
    answer = (await chat(messages=[{"role": "user", "content": content}])).json
    assert "You said: Look:" in answer["choices"][0]["message"]["content"]


@pytest.mark.parametrize(
    ("changes", "status", "param"),
    [
        ({"model": "gpt-5"}, 404, "model"),
        ({"messages": []}, 400, "messages"),
        ({"messages": "hi"}, 400, None),
        ({"n": 2}, 400, "n"),
        ({"max_tokens": 0}, 400, "max_tokens"),
        ({"stream_options": {"include_usage": True}}, 400, "stream_options"),
    ],
)
async def test_what_makes_no_sense_is_refused_as_openai_does(changes: dict[str, Any], status: int, param: str | None):
    answer = await chat(**changes)
    assert answer.status == status
    assert answer.json["error"]["param"] == param


async def test_addresses_methods_and_keys_are_checked():
    provider = Provider("sk-demo")
    key = [(b"authorization", b"Bearer sk-demo")]
    assert (await visit(provider, b"GET", b"/v1/models")).status == 401
    assert (await visit(provider, b"GET", b"/v1/models", headers=key)).status == 200
    assert (await visit(provider, b"GET", b"/v1/nothing", headers=key)).status == 404
    wrong = await visit(provider, b"GET", CHAT, headers=key)
    assert (wrong.status, wrong.headers[b"allow"]) == (405, b"POST")


async def test_models_are_listed():
    listed = (await visit(Provider(), b"GET", b"/v1/models")).json
    assert [each["id"] for each in listed["data"]] == ["demo-chat", "demo-embedding"]


@given(
    st.binary(max_size=40)
    | st.dictionaries(st.sampled_from(["model", "messages", "tools"]), st.text()).map(msgspec.json.encode)
)
async def test_no_body_makes_it_fail(body: bytes):
    assert (await visit(Provider(pace=0), b"POST", CHAT, body)).status == 400
