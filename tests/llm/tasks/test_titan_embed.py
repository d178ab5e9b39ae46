"""Embeddings of Amazon's Titan models."""

from typing import Any

import pytest

from trigate.llm.embedding import EmbeddingAsk
from trigate.llm.loss import Losses
from trigate.llm.tasks.titan_embed import DIALECT


@pytest.mark.parametrize(
    ("model", "more", "lost"),
    [
        ("amazon.titan-embed-text-v2:0", {"dimensions": 256}, []),
        ("amazon.titan-embed-image-v1", {"embeddingConfig": {"outputEmbeddingLength": 256}}, []),
        ("amazon.titan-embed-text-v1", {}, ["dimensions"]),
    ],
)
def test_each_model_is_told_the_length_in_its_own_words(model: str, more: dict[str, Any], lost: list[str]):
    losses = Losses()
    said = DIALECT.write_ask(EmbeddingAsk(texts=["a"], dimensions=256), model, losses)
    assert said == {"inputText": "a", **more}
    assert [each.field for each in losses.found()] == lost


def test_purpose_and_cut_are_lost():
    losses = Losses()
    DIALECT.write_ask(EmbeddingAsk(texts=["a"], purpose="query", truncates=True), "m", losses)
    assert sorted(each.field for each in losses.found()) == ["purpose", "truncate"]


def test_the_vector_and_its_count_are_read():
    heard = DIALECT.read_reply({"embedding": [1, 2], "inputTextTokenCount": 5})
    assert heard.value.vectors == [[1.0, 2.0]]
    assert heard.tally is not None
    assert heard.tally.input == 5
