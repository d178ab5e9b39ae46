"""Answers of success that are none."""

from typing import Any

import msgspec
import pytest

from tests.llm.scene import JSON, KEY, Scene, answers
from tests.llm.test_pairs import PATHS, ask, settings
from trigate.llm.chat_dialects import CHAT_DIALECTS

ASK = {"model": "fast", "messages": [{"role": "user", "content": "hi"}]}
GOOD = {"choices": [{"index": 0, "message": {"content": "hi"}}], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        ({"message": "boom", "code": 429}, 429, "provider.refused"),
        ({"message": "boom", "code": "503"}, 503, "provider.refused"),
        ({"message": "boom", "code": 200}, 502, "provider.refused"),
        ({"message": "boom", "code": "context_length_exceeded"}, 502, "provider.refused"),
        ("boom", 502, "provider.refused"),
    ],
)
async def test_an_error_in_the_body_is_one(error: Any, status: int, code: str):
    scene = await Scene(answers({"error": error})).ask(ASK)
    assert scene.status == status
    assert "boom" in scene.error["message"]
    assert scene.record["outcome"] == code
    assert scene.usage.cost == scene.usage.input_tokens == 0


@pytest.mark.parametrize(
    "reply", [answers({"error": {"message": "boom"}}), answers(b"<html>"), answers(b""), answers(b'{"cho')]
)
async def test_it_is_another_targets_turn(reply: Any):
    scene = await Scene(reply, answers(GOOD)).ask({**ASK, "model": "smart"})
    assert scene.json == GOOD
    assert scene.record["target"] == "other/llama"


async def test_secrets_are_struck_from_it():
    scene = await Scene(answers({"error": {"message": f"no {KEY}"}})).ask(ASK)
    assert KEY.encode() not in scene.body
    assert "•••" in scene.error["message"]


@pytest.mark.parametrize(
    "body",
    [{}, {"choices": [], "error": None}, {"choices": [], "error": {"message": "odd"}}, {"message": {"content": []}}],
)
async def test_what_may_be_an_answer_passes(body: Any):
    scene = await Scene(answers(body)).ask(ASK)
    assert scene.status == 200
    assert scene.body == msgspec.json.encode(body)


async def test_half_an_answer_may_have_cost_something_and_a_page_has_not():
    half = await Scene(answers(b'{"choices": [{"message": {"content": "hel', 200, JSON)).ask(ASK)
    assert half.status == 502
    assert half.usage.estimated
    page = await Scene(answers(b"<html>", 200, JSON)).ask(ASK)
    assert page.usage.input_tokens == 0


@pytest.mark.parametrize("spoken", CHAT_DIALECTS)
@pytest.mark.parametrize("caller", CHAT_DIALECTS)
async def test_it_is_told_in_the_callers_dialect(caller: str, spoken: str):
    body: dict[str, Any] = {"error": {"message": "boom", "type": "server_error", "code": 503}}
    if spoken in {"bedrock_converse", "cohere_chat"}:
        body = {"message": "boom"}
    scene = await Scene(answers(body), llm=settings(spoken)).ask(ask(caller, streamed=False), PATHS[caller][0])
    assert scene.status in (502, 503)
    assert b"boom" in scene.body
    assert scene.record["outcome"] == "provider.refused"
