"""Embeddings as Cohere's models on Bedrock have them, nearly as in Cohere's own API."""

from typing import Any

from trigate.llm.embedding import EmbeddingAsk, EmbeddingReply, vectors_of
from trigate.llm.loss import Losses
from trigate.llm.task_dialect import Heard
from trigate.llm.tasks.cohere_embed import DIALECT as COHERE
from trigate.llm.told import told


class BedrockCohereEmbed:
    """The body of `POST /model/MODEL/invoke`; spoken with providers alone."""

    name = "bedrock_cohere_embed"
    dialect = "bedrock_converse"
    most_texts = 96

    def write_ask(self, ask: EmbeddingAsk, model: str, losses: Losses) -> dict[str, Any]:
        """The path names the model; the third version knows one length of vectors, and the fourth cuts `RIGHT`."""
        said = COHERE.write_ask(ask, model, losses)
        del said["model"]
        newer = "embed-v4" in model
        if not newer and said.pop("output_dimension", None):
            losses.drop("dimensions")
        if newer and said.get("truncate") == "END":
            said["truncate"] = "RIGHT"
        return said

    def read_reply(self, body: dict[str, Any]) -> Heard:
        """The numbers; the count stands in the head of the answer."""
        vectors: Any = told(body, "embeddings", "float") or body["embeddings"]
        return Heard(EmbeddingReply(vectors=vectors_of(vectors), id=str(body.get("id", ""))), None)


DIALECT = BedrockCohereEmbed()
