"""Embeddings as predictions of Vertex AI."""

import pytest

from trigate.llm.embedding import EmbeddingAsk
from trigate.llm.loss import Losses
from trigate.llm.tasks.vertex_embed import DIALECT


def test_all_that_was_asked_for_is_said():
    losses = Losses()
    ask = EmbeddingAsk(texts=["a", "b"], purpose="query", dimensions=3, truncates=False)
    assert DIALECT.write_ask(ask, "m", losses) == {
        "instances": [{"content": text, "task_type": "RETRIEVAL_QUERY"} for text in "ab"],
        "parameters": {"autoTruncate": False, "outputDimensionality": 3},
    }
    assert not losses
    assert DIALECT.write_ask(EmbeddingAsk(texts=["a"]), "m", losses) == {"instances": [{"content": "a"}]}


@pytest.mark.parametrize(("counts", "told"), [((3, 4), 7), ((3, None), None)])
def test_a_count_that_is_not_whole_is_none(counts: tuple[int | None, ...], told: int | None):
    predictions = [
        {"embeddings": {"values": [1.0], "statistics": {"token_count": count} if count is not None else {}}}
        for count in counts
    ]
    heard = DIALECT.read_reply({"predictions": predictions})
    assert heard.value.vectors == [[1.0], [1.0]]
    assert (heard.tally.input if heard.tally else None) == told
