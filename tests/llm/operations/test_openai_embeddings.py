"""What is understood of an ask for embeddings."""

import pytest

from trigate.core.errors import BadRequest
from trigate.llm.operations.openai_embeddings import OpenAIEmbeddings


def test_the_model_is_read_and_nothing_is_streamed():
    ask = OpenAIEmbeddings().decode(b'{"input":"a","model":"m","stream":true}')
    assert (ask.model, ask.operation.name, ask.streamed) == ("m", "openai_embeddings", False)


def test_another_spelling_is_refused():
    with pytest.raises(BadRequest):
        OpenAIEmbeddings().decode(b'{"Input":"a","model":"m"}')
