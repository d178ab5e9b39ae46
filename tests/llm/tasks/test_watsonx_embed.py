"""Embeddings of watsonx.ai."""

from trigate.llm.embedding import EmbeddingAsk
from trigate.llm.loss import Losses
from trigate.llm.tasks.watsonx_embed import DIALECT


def test_only_texts_can_be_said():
    losses = Losses()
    ask = EmbeddingAsk(texts=["a"], dimensions=3, purpose="query", truncates=True)
    assert DIALECT.write_ask(ask, "m", losses) == {"inputs": ["a"]}
    assert sorted(each.field for each in losses.found()) == ["dimensions", "purpose", "truncate"]


def test_results_and_their_count_are_read():
    heard = DIALECT.read_reply({"model_id": "m", "results": [{"embedding": [1]}], "input_token_count": 4})
    assert (heard.value.vectors, heard.value.model) == ([[1.0]], "m")
    assert heard.tally is not None
    assert heard.tally.input == 4
