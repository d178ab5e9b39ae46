"""Embeddings of Cohere's models on Bedrock."""

from trigate.llm.embedding import EmbeddingAsk
from trigate.llm.loss import Losses
from trigate.llm.tasks.bedrock_cohere_embed import DIALECT

THIRD, FOURTH = "cohere.embed-english-v3", "eu.cohere.embed-v4:0"


def test_the_path_names_the_model_and_older_ones_have_one_length():
    losses = Losses()
    ask = EmbeddingAsk(texts=["a"], dimensions=512, truncates=True)
    usual = {"texts": ["a"], "input_type": "search_document", "embedding_types": ["float"]}
    assert DIALECT.write_ask(ask, THIRD, losses) == {**usual, "truncate": "END"}
    assert [each.field for each in losses.found()] == ["dimensions"]
    losses = Losses()
    assert DIALECT.write_ask(ask, FOURTH, losses) == {**usual, "truncate": "RIGHT", "output_dimension": 512}
    assert not losses


def test_vectors_come_by_type_or_alone():
    assert DIALECT.read_reply({"embeddings": {"float": [[1]]}}).value.vectors == [[1.0]]
    assert DIALECT.read_reply({"id": "e", "embeddings": [[1]]}).value.vectors == [[1.0]]
