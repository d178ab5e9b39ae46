"""Embeddings as Vertex AI's models have them, asked for as predictions."""

from typing import Any

from trigate.llm.embedding import EmbeddingAsk, EmbeddingReply, tell_lost, vectors_of
from trigate.llm.loss import Losses
from trigate.llm.reply import Tally
from trigate.llm.task_dialect import Heard
from trigate.llm.tasks.gemini_embed import WORDS
from trigate.llm.told import count_told, objects_told


class VertexEmbed:
    """`POST …/models/MODEL:predict`; spoken with providers alone."""

    dialect = "gemini_content"

    def __init__(self, name: str, most_texts: int) -> None:
        self.name = name
        self.most_texts = most_texts
        """In one request."""

    def write_ask(self, ask: EmbeddingAsk, model: str, losses: Losses) -> dict[str, Any]:
        """Texts are cut where they are too long, unless that is not wanted."""
        tell_lost(ask, losses)
        purpose = {"task_type": WORDS[ask.purpose]} if ask.purpose else {}
        parameters: dict[str, Any] = {} if ask.truncates is None else {"autoTruncate": ask.truncates}
        if ask.dimensions:
            parameters["outputDimensionality"] = ask.dimensions
        said: dict[str, Any] = {"instances": [{"content": text, **purpose} for text in ask.texts]}
        return {**said, "parameters": parameters} if parameters else said

    def read_reply(self, body: dict[str, Any]) -> Heard:
        """Each prediction tells its own count."""
        found = [each["embeddings"] for each in objects_told(body, "predictions")]
        counts = [count_told(each, "statistics", "token_count") for each in found]
        known = [each for each in counts if each is not None]
        tally = Tally(input=sum(known)) if known and len(known) == len(counts) else None
        return Heard(EmbeddingReply(vectors=vectors_of([each["values"] for each in found])), tally)


DIALECT = VertexEmbed("vertex_embed", 250)
SINGLE = VertexEmbed("vertex_single_embed", 1)
"""Gemini's own models for embeddings take one text at a time there."""
