"""Embeddings in another dialect than they were asked for in, in several requests where one takes too few texts."""

from collections.abc import Sequence
from typing import Any, Protocol, cast

import msgspec
from msgspec import structs

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.chat_dialect import Manners
from trigate.llm.embedding import EmbeddingAsk, EmbeddingReply
from trigate.llm.loss import Losses
from trigate.llm.member import read_value
from trigate.llm.operation import Ask
from trigate.llm.piecewise import PiecewiseBridge
from trigate.llm.reply import Tally
from trigate.llm.task_dialect import Heard, TaskCrossing, TaskDialect, crossings_of
from trigate.llm.tasks import (
    bedrock_cohere_embed,
    cohere_embed,
    gemini_embed,
    openai_embeddings,
    titan_embed,
    vertex_embed,
    watsonx_embed,
)

OWN: tuple[TaskDialect, ...] = (openai_embeddings.DIALECT, cohere_embed.DIALECT, gemini_embed.DIALECT)
"""Dialects that callers speak, too."""


class SpokenEmbedding(Protocol):
    """A language that is spoken with providers alone."""

    @property
    def name(self) -> str: ...
    @property
    def dialect(self) -> str: ...
    @property
    def most_texts(self) -> int:
        """In one request."""
        ...

    def write_ask(self, ask: EmbeddingAsk, model: str, losses: Losses) -> dict[str, Any]:
        """The body for a provider; what it cannot say goes into `losses`."""
        ...

    def read_reply(self, body: dict[str, Any]) -> Heard:
        """Understand a provider's answer; raises LookupError, TypeError or ValueError if it is in no known form."""
        ...


SPOKEN: tuple[SpokenEmbedding, ...] = (
    vertex_embed.DIALECT,
    vertex_embed.SINGLE,
    titan_embed.DIALECT,
    bedrock_cohere_embed.DIALECT,
    watsonx_embed.DIALECT,
)
_encode = msgspec.json.Encoder().encode


class EmbeddingBridge(PiecewiseBridge, frozen=True):
    """From a caller's dialect to one that is spoken with providers alone."""

    asked: TaskDialect
    spoken: SpokenEmbedding

    def understand(self, ask: Ask) -> EmbeddingAsk:
        """The texts, and what becomes of them."""
        return self.asked.read_ask(read_value(ask.body), ask.model)

    def requests(self, meant: EmbeddingAsk) -> int:
        """As many as the texts take."""
        return -(-len(meant.texts) // self.spoken.most_texts)

    def write_piece(self, meant: EmbeddingAsk, manners: Manners, losses: Losses, number: int) -> bytes:
        """Some of the texts."""
        most = self.spoken.most_texts
        piece = structs.replace(meant, texts=meant.texts[number * most : (number + 1) * most])
        return _encode(self.spoken.write_ask(piece, manners.model, losses))

    def read(self, body: object) -> Heard:
        """Some of the vectors."""
        return self.spoken.read_reply(cast("dict[str, Any]", body))

    def tell(self, meant: EmbeddingAsk, heard: Sequence[Heard], losses: Losses) -> tuple[bytes, Tally | None]:
        """All vectors in the caller's dialect; raises UpstreamProtocolError."""
        vectors = [vector for each in heard for vector in each.value.vectors]
        if len(vectors) != len(meant.texts):
            raise UpstreamProtocolError("the provider did not send a vector for each text")
        first: EmbeddingReply = heard[0].value
        counts = [each.tally.input for each in heard if each.tally is not None]
        tally = Tally(input=sum(counts)) if len(counts) == len(heard) else None
        joined = Heard(structs.replace(first, vectors=vectors), tally)
        return _encode(self.asked.write_reply(joined, meant, losses)), tally


def embedding_crossings(asked: TaskDialect) -> list[TaskCrossing]:
    """From one dialect of callers to every other there is."""
    spoken = [TaskCrossing(each.name, each.dialect, EmbeddingBridge(asked, each)) for each in SPOKEN]
    return crossings_of(asked, OWN) + spoken
