"""Embeddings as OpenAI's API has them."""

from typing import Any

from trigate.llm.embedding import EmbeddingAsk, EmbeddingReply, pack, tell_lost, texts_of, vectors_of, whole_number
from trigate.llm.loss import Losses
from trigate.llm.reply import Tally
from trigate.llm.task_dialect import Heard
from trigate.llm.told import count_told

_READ = frozenset({"dimensions", "encoding_format", "input", "model"})


class OpenAIEmbeddings:
    """`POST /v1/embeddings`."""

    name = "openai_embeddings"
    dialect = "openai_chat"

    def read_ask(self, body: dict[str, Any], model: str) -> EmbeddingAsk:
        """Texts only: tokens are those of one provider's model."""
        return EmbeddingAsk(
            texts=texts_of(body.get("input"), "input"),
            dimensions=whole_number(body.get("dimensions"), "dimensions"),
            packed=body.get("encoding_format") == "base64",
            lost=[name for name in body if name not in _READ],
        )

    def write_ask(self, ask: EmbeddingAsk, model: str, losses: Losses) -> dict[str, Any]:
        """What the vectors are for cannot be said."""
        tell_lost(ask, losses)
        if ask.purpose:
            losses.drop("purpose")
        if ask.truncates:
            losses.drop("truncate")
        dimensions = {"dimensions": ask.dimensions} if ask.dimensions else {}
        return {"model": model, "input": ask.texts, "encoding_format": "float", **dimensions}

    def read_reply(self, body: dict[str, Any]) -> Heard:
        """In the order of their numbers."""
        data = sorted(body["data"], key=lambda each: each["index"])
        count = count_told(body, "usage", "prompt_tokens")
        if count is None:
            count = count_told(body, "usage", "total_tokens")
        vectors = vectors_of([each["embedding"] for each in data])
        tally = Tally(input=count) if count is not None else None
        return Heard(EmbeddingReply(vectors=vectors, model=str(body.get("model", ""))), tally)

    def write_reply(self, heard: Heard, ask: EmbeddingAsk, losses: Losses) -> dict[str, Any]:
        """As the caller asked for the numbers."""
        reply: EmbeddingReply = heard.value
        count = heard.tally.input if heard.tally is not None else 0
        data = [
            {"object": "embedding", "index": index, "embedding": pack(vector) if ask.packed else vector}
            for index, vector in enumerate(reply.vectors)
        ]
        usage = {"prompt_tokens": count, "total_tokens": count}
        return {"object": "list", "data": data, "model": reply.model, "usage": usage}


DIALECT = OpenAIEmbeddings()
