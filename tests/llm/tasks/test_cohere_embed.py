"""Embeddings in Cohere's language."""

import pytest

from trigate.llm.embedding import EmbeddingAsk
from trigate.llm.error import NotPortable
from trigate.llm.loss import Losses
from trigate.llm.tasks.cohere_embed import DIALECT


def test_texts_within_inputs_are_read():
    ask = DIALECT.read_ask({"inputs": [{"content": [{"type": "text", "text": "a"}]}], "embedding_types": ["int8"]}, "m")
    assert (ask.texts, ask.lost) == (["a"], ["embedding_types"])


def test_images_mean_nothing_elsewhere():
    with pytest.raises(NotPortable):
        DIALECT.read_ask({"images": ["data:x"]}, "m")
    with pytest.raises(NotPortable):
        DIALECT.read_ask({"inputs": [{"content": [{"type": "image_url"}]}]}, "m")


def test_purpose_size_and_cut_are_said():
    losses = Losses()
    ask = EmbeddingAsk(texts=["a"], purpose="query", dimensions=3, truncates=False)
    said = DIALECT.write_ask(ask, "m", losses)
    assert (said["input_type"], said["output_dimension"], said["truncate"]) == ("search_query", 3, "NONE")
    assert not losses
    DIALECT.write_ask(EmbeddingAsk(texts=["a"], purpose="similarity"), "m", losses)
    assert [each.fate for each in losses.found()] == ["degraded"]


def test_the_pieces_are_packed_if_only_that_is_asked_for():
    ask = DIALECT.read_ask({"texts": ["a"], "embedding_types": ["base64"], "truncate": "END"}, "m")
    assert (ask.packed, ask.truncates) == (True, True)
    heard = DIALECT.read_reply({"embeddings": {"float": [[1.0]]}})
    assert DIALECT.write_reply(heard, ask, Losses())["embeddings"] == {"base64": ["AACAPw=="]}
