"""Embeddings as Amazon's Titan models on Bedrock have them: one text at a time."""

from typing import Any

from trigate.llm.embedding import EmbeddingAsk, EmbeddingReply, tell_lost, vectors_of
from trigate.llm.loss import Losses
from trigate.llm.reply import Tally
from trigate.llm.task_dialect import Heard
from trigate.llm.told import count_told


class TitanEmbed:
    """The body of `POST /model/MODEL/invoke`; spoken with providers alone."""

    name = "titan_embed"
    dialect = "bedrock_converse"
    most_texts = 1

    def write_ask(self, ask: EmbeddingAsk, model: str, losses: Losses) -> dict[str, Any]:
        """Only newer models can be told how long a vector is to be."""
        tell_lost(ask, losses)
        if ask.purpose:
            losses.drop("purpose")
        if ask.truncates:
            losses.drop("truncate")
        said: dict[str, Any] = {"inputText": ask.texts[0]}
        if ask.dimensions and "embed-image" in model:
            said["embeddingConfig"] = {"outputEmbeddingLength": ask.dimensions}
        elif ask.dimensions and "embed-text-v2" in model:
            said["dimensions"] = ask.dimensions
        elif ask.dimensions:
            losses.drop("dimensions")
        return said

    def read_reply(self, body: dict[str, Any]) -> Heard:
        """The one vector."""
        count = count_told(body, "inputTextTokenCount")
        tally = Tally(input=count) if count is not None else None
        return Heard(EmbeddingReply(vectors=vectors_of([body["embedding"]])), tally)


DIALECT = TitanEmbed()
