"""What a provider withholds for its content may be asked of another one, before anything of it was passed on."""

import pytest

from tests.llm.scene import DONE, WORD, Scene, answers, event, settings, streams
from tests.llm.test_router import ASK
from tests.llm.test_router import DONE as WHOLE
from trigate.llm.model import Model
from trigate.llm.reply import ChoiceEnd, End, Stop
from trigate.llm.withheld import as_failure

NOTHING = {"role": "assistant", "content": ""}
WITHHELD = {**WHOLE, "choices": [{"index": 0, "message": NOTHING, "finish_reason": "content_filter"}]}
END = event(b'{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"content_filter"}]}')
ROLE = event(b'{"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}')
STREAM = (ROLE, event(WORD), DONE)
FALLING = {
    "on": Model(targets=["openai/gpt-5.2", "other/llama"], fallback_on=("content_policy",)),
    "special": Model(targets="openai/gpt-5.2", fallbacks={"content_policy": "other/llama"}),
}


@pytest.mark.parametrize("how", FALLING)
async def test_a_withheld_answer_is_asked_of_another_target_and_paid_for(how: str):
    scene = await Scene(answers(WITHHELD), answers(WHOLE), llm=settings(models={"smart": FALLING[how]})).ask(ASK)
    assert scene.json == WHOLE
    assert scene.record["target"] == "other/llama"
    assert [(each["target"], each["fault"]) for each in scene.record["tries"]] == [("openai/gpt-5.2", "content_policy")]
    assert (scene.usage.input_tokens, scene.usage.output_tokens) == (6, 4)


async def test_a_translated_one_is_too():
    ask = {**ASK, "max_tokens": 9}
    scene = Scene(answers(WITHHELD), answers(WHOLE), llm=settings(models={"smart": FALLING["on"]}))
    await scene.ask(ask, b"/v1/messages")
    assert scene.json["content"][0]["text"] == "hello"


async def test_without_another_target_it_is_passed_on():
    scene = Scene(answers(WITHHELD), answers(WITHHELD), llm=settings(models={"smart": FALLING["on"]}))
    await scene.ask(ASK)
    assert scene.json == WITHHELD
    scene = await Scene(answers(WITHHELD)).ask(ASK)
    assert (scene.json, scene.record["target"]) == (WITHHELD, "openai/gpt-5.2")


async def test_a_stream_that_is_withheld_before_its_first_token_is_too():
    scene = Scene(streams(ROLE, END, DONE), streams(*STREAM), llm=settings(models={"smart": FALLING["on"]}))
    await scene.ask({**ASK, "stream": True})
    assert scene.body == b"".join(STREAM)
    assert scene.record["target"] == "other/llama"


async def test_a_stream_of_which_something_was_said_goes_on():
    said = (ROLE, event(WORD), END, DONE)
    scene = Scene(streams(*said), llm=settings(models={"smart": FALLING["on"]}))
    await scene.ask({**ASK, "stream": True})
    assert scene.body == b"".join(said)


async def test_a_stream_that_nobody_else_is_to_answer_is_passed_on():
    scene = await Scene(streams(ROLE, END, DONE)).ask({**ASK, "stream": True})
    assert scene.body == ROLE + END + DONE


@pytest.mark.parametrize(("stop", "withheld"), [("filter", True), ("refusal", True), ("length", False)])
def test_only_such_an_end_is_one(stop: Stop, withheld: bool):
    assert (as_failure(ChoiceEnd(stop=stop)) is not None) is withheld
    assert as_failure(End()) is None
