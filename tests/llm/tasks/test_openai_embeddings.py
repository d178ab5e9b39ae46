"""Embeddings in OpenAI's language."""

from trigate.llm.embedding import EmbeddingAsk
from trigate.llm.loss import Losses
from trigate.llm.reply import Tally
from trigate.llm.tasks.openai_embeddings import DIALECT


def test_what_cannot_be_said_is_told():
    losses = Losses()
    said = DIALECT.write_ask(EmbeddingAsk(texts=["a"], purpose="query", truncates=True, dimensions=2), "m", losses)
    assert said == {"model": "m", "input": ["a"], "encoding_format": "float", "dimensions": 2}
    assert [each.field for each in losses.found()] == ["purpose", "truncate"]


def test_packed_vectors_are_read_in_their_order():
    body = {"data": [{"index": 1, "embedding": [2]}, {"index": 0, "embedding": "AACAPw=="}], "model": "m"}
    heard = DIALECT.read_reply({**body, "usage": {"total_tokens": 4}})
    assert (heard.value.vectors, heard.value.model, heard.tally) == ([[1.0], [2.0]], "m", Tally(input=4))
