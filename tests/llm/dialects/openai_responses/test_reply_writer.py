"""Whole answers for callers of Responses."""

import json
from typing import Any

from tests.llm.dialects.openai_responses.scene import ask, message, response
from tests.llm.wire.openai_responses import check_reply
from trigate.llm.conversation import Text, ToolCall
from trigate.llm.dialects.openai_responses.reply_reader import read_reply
from trigate.llm.dialects.openai_responses.reply_writer import write_reply
from trigate.llm.loss import Losses
from trigate.llm.reply import Choice, Reply, Tally


def write(reply: Reply) -> tuple[dict[str, Any], list[str]]:
    losses = Losses()
    body = write_reply(reply, ask(), losses)
    check_reply(body)
    return json.loads(body), [each.field for each in losses.found()]


def answer(*choices: Choice, **members: Any) -> Reply:
    return Reply(dialect="openai_chat", id="chatcmpl-1", model="x", choices=list(choices), **members)


def test_an_answer_of_another_dialect_is_a_response() -> None:
    parts = [Text(text="Hi"), ToolCall(id="c", name="f")]
    body, lost = write(answer(Choice(parts=parts, stop="tool"), tally=Tally(input=2, output=1), created=7))
    assert (body["id"], body["model"], body["created_at"], body["status"]) == ("resp_chatcmpl-1", "x", 7, "completed")
    assert [each["type"] for each in body["output"]] == ["message", "function_call"]
    assert body["usage"]["total_tokens"] == 3
    assert lost == []


def test_an_answer_without_choices_is_empty() -> None:
    assert write(answer())[0]["output"] == []


def test_other_answers_and_leftovers_are_reported() -> None:
    choices = Choice(parts=[], extra={"x": 1}), Choice(parts=[])
    assert write(answer(*choices, extra={"y": 1}))[1] == ["choices", "y", "choices.x"]


def test_probabilities_are_told_with_the_text() -> None:
    logprobs = {"content": [{"token": "Hi", "logprob": -0.5, "bytes": None, "top_logprobs": []}, 3]}
    body, _ = write(answer(Choice(parts=[Text(text="Hi")], logprobs=logprobs)))
    assert body["output"][0]["content"][0]["logprobs"][0]["bytes"] == [72, 105]


def test_an_answer_of_this_dialect_comes_back_with_all_it_said() -> None:
    more = {"phase": "final_answer", "status": "completed"}
    told = response(message("Hi", **more), tools=[], parallel_tool_calls=True, tool_choice="auto", novelty={"a": 1})
    losses = Losses()
    body = json.loads(write_reply(read_reply(json.dumps(told).encode()), ask(), losses))
    assert body["output"][0]["phase"] == "final_answer"
    assert body["novelty"] == {"a": 1}
    assert not losses
