"""Embeddings in Google's language."""

import pytest

from trigate.llm.embedding import EmbeddingAsk
from trigate.llm.error import InvalidParameter, NotPortable
from trigate.llm.loss import Losses
from trigate.llm.tasks.gemini_embed import DIALECT, SINGLE


def test_a_batch_says_one_thing_for_all():
    first = {"content": {"parts": [{"text": "a"}, {"text": "b"}]}, "taskType": "CLUSTERING", "title": "t"}
    ask = DIALECT.read_ask({"requests": [first]}, "m")
    assert (ask.texts, ask.purpose, ask.lost) == (["a\nb"], "clustering", ["title"])
    with pytest.raises(NotPortable):
        DIALECT.read_ask({"requests": [first, {**first, "taskType": "RETRIEVAL_QUERY"}]}, "m")


def test_purpose_and_size_are_said_for_each():
    losses = Losses()
    ask = EmbeddingAsk(texts=["a"], purpose="query", dimensions=3, truncates=False)
    (said,) = DIALECT.write_ask(ask, "m", losses)["requests"]
    assert (said["taskType"], said["outputDimensionality"]) == ("RETRIEVAL_QUERY", 3)
    assert [each.field for each in losses.found()] == ["truncate"]


def test_other_parts_mean_nothing_elsewhere():
    with pytest.raises(NotPortable):
        SINGLE.read_ask({"content": {"parts": [{"inlineData": {}}]}}, "m")
    for body in ({}, {"content": {}}, {"content": {"parts": []}}):
        with pytest.raises(InvalidParameter):
            SINGLE.read_ask(body, "m")
