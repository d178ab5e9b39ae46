"""The scripted models speak as their providers do: their providers' own types say so."""

import importlib
import json

import pytest

from tests.journeys.models.answer import Answer, Call
from tests.journeys.models.provider import PATHS

SAID = {
    "words": Answer("Two and two is four."),
    "thought": Answer("4.", thought="Two, and two more.", signature="c2lnbmVk"),
    "calls": Answer("I look it up.", [Call("call_1", "weather", {"town": "Brünn"}), Call("call_2", "now", {})]),
    "thought and call": Answer("", [Call("c1", "now", {})], "Hm.", "c2lnbmVk"),
}


@pytest.mark.parametrize("dialect", PATHS)
@pytest.mark.parametrize("answer", SAID.values(), ids=SAID)
def test_an_answer_is_what_the_provider_might_say(dialect: str, answer: Answer):
    model = importlib.import_module(f"tests.journeys.models.{dialect}")
    wire = importlib.import_module(f"tests.llm.wire.{dialect}")
    wire.check_reply(json.dumps(model.whole(answer)).encode())
    wire.check_stream(b"".join(model.stream(answer)))
