"""Answers of several requests, put together."""

import pytest

from tests.llm.scene import Scene
from tests.llm.test_embedding_bridge import CLOUDS, ONE, TWO, settings, titan
from trigate.core.settings import Size
from trigate.llm.settings import LlmSettings

BODY = {"model": "m", "input": ["a", "b"]}


@pytest.mark.parametrize(("most", "status"), [(120, 200), (60, 502)])
async def test_all_answers_together_are_bounded(most: int, status: int):
    provider, model, *_ = CLOUDS["titan"]
    llm = settings(provider, model)
    llm = LlmSettings(providers=llm.providers, models=llm.models, max_answer=Size(most))
    scene = await Scene(titan(ONE, 3), titan(TWO, 4), llm=llm).ask(BODY, b"/v1/embeddings")
    assert scene.status == status


async def test_what_is_lost_is_told_once():
    provider, model, *_ = CLOUDS["titan"]
    body = {**BODY, "user": "u"}
    scene = await Scene(titan(ONE, 3), titan(TWO, 4), llm=settings(provider, model)).ask(body, b"/v1/embeddings")
    assert scene.headers[b"x-trigate-loss"] == b"user;dropped"
    assert scene.record["flags"].count("llm.loss.user.dropped") <= 1
