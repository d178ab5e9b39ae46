"""Embeddings as IBM's watsonx.ai has them."""

from typing import Any

from trigate.llm.embedding import EmbeddingAsk, EmbeddingReply, tell_lost, vectors_of
from trigate.llm.loss import Losses
from trigate.llm.reply import Tally
from trigate.llm.task_dialect import Heard
from trigate.llm.told import count_told


class WatsonxEmbed:
    """`POST /ml/v1/text/embeddings`; spoken with providers alone. Who pays is the provider's to add."""

    name = "watsonx_embed"
    dialect = "openai_chat"
    most_texts = 1000

    def write_ask(self, ask: EmbeddingAsk, model: str, losses: Losses) -> dict[str, Any]:
        """Neither what the vectors are for nor how long they are to be can be said."""
        tell_lost(ask, losses)
        if ask.purpose:
            losses.drop("purpose")
        if ask.dimensions:
            losses.drop("dimensions")
        if ask.truncates:
            losses.drop("truncate")
        return {"inputs": ask.texts}

    def read_reply(self, body: dict[str, Any]) -> Heard:
        """One result for each text."""
        count = count_told(body, "input_token_count")
        vectors = vectors_of([each["embedding"] for each in body["results"]])
        tally = Tally(input=count) if count is not None else None
        return Heard(EmbeddingReply(vectors=vectors, model=str(body.get("model_id", ""))), tally)


DIALECT = WatsonxEmbed()
