"""Older completions: read, bounded, counted."""

import pytest

from tests.llm.scene import DONE, Scene, answers, event, streams
from trigate.llm.error import InvalidParameter
from trigate.llm.operations.openai_completions import OPERATION

PATH = b"/v1/completions"
PIECE = event(b'{"id":"c","object":"text_completion","choices":[{"index":0,"text":"12345678","finish_reason":null}]}')
STOP = event(b'{"id":"c","choices":[{"index":0,"text":"","finish_reason":"stop"}]}')
COUNT = event(b'{"id":"c","choices":[],"usage":{"prompt_tokens":4,"completion_tokens":6,"total_tokens":10}}')


@pytest.mark.parametrize(
    ("body", "most"),
    [
        (b'{"model":"m","prompt":"a","max_tokens":7}', 7),
        (b'{"model":"m","prompt":"a","max_tokens":7,"n":2}', 14),
        (b'{"model":"m","prompt":"a","max_tokens":7,"n":2,"best_of":3}', 21),
        (b'{"model":"m","prompt":["a","b"],"max_tokens":7,"n":2}', 28),
        (b'{"model":"m","prompt":[1,2,3],"max_tokens":7}', 7),
        (b'{"model":"m","prompt":[[1],[2],[3]],"max_tokens":7}', 21),
        (b'{"model":"m","prompt":"a"}', None),
    ],
)
def test_every_prompt_has_as_many_answers_as_are_made(body: bytes, most: int | None):
    assert OPERATION.output_bound(OPERATION.decode(body).members).most("max_tokens") == most


def test_a_number_of_answers_that_is_none_is_refused():
    with pytest.raises(InvalidParameter):
        OPERATION.output_bound(OPERATION.decode(b'{"model":"m","n":"many"}').members)


async def test_a_whole_answer_is_counted_by_the_provider_or_else_estimated():
    said = {"object": "text_completion", "choices": [{"text": "y" * 40, "index": 0, "finish_reason": "stop"}]}
    usage = {"prompt_tokens": 4, "completion_tokens": 6, "total_tokens": 10}
    counted = await Scene(answers({**said, "usage": usage})).ask({"model": "fast", "prompt": "x"}, PATH)
    assert (counted.usage.input_tokens, counted.usage.output_tokens, counted.usage.estimated) == (4, 6, False)
    assert counted.upstream == {"model": "gpt-mini", "prompt": "x"}
    guessed = await Scene(answers(said)).ask({"model": "fast", "prompt": "x"}, PATH)
    assert (guessed.usage.output_tokens, guessed.usage.estimated) == (10, True)
    assert counted.record["action"] == "llm.completions"


async def test_a_stream_is_passed_on_and_its_usage_hidden_unless_asked_for():
    scene = Scene(streams(PIECE, STOP + COUNT, DONE))
    await scene.ask({"model": "fast", "prompt": "x", "stream": True}, PATH)
    assert scene.upstream["stream_options"] == {"include_usage": True}
    assert scene.body == PIECE + STOP + DONE
    assert (scene.usage.input_tokens, scene.usage.output_tokens) == (4, 6)


async def test_an_uncounted_stream_is_estimated():
    scene = await Scene(streams(PIECE, PIECE, STOP, DONE)).ask({"model": "fast", "prompt": "x", "stream": True}, PATH)
    assert (scene.usage.output_tokens, scene.usage.estimated) == (4, True)
