"""Cohere's embeddings, of the second version of its API."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec

from trigate.llm.bridge import Crossing
from trigate.llm.embedding_bridge import embedding_crossings
from trigate.llm.extent import LIKELY_PART, Extent, MediaBounds, text_extent
from trigate.llm.member import Members
from trigate.llm.operation import Ask
from trigate.llm.reply import Tally
from trigate.llm.task_operation import TaskOperation
from trigate.llm.tasks import cohere_embed

# fmt: off
KNOWN = frozenset({
    "embedding_types", "images", "input_type", "inputs", "max_tokens", "model", "output_dimension", "priority", "texts",
    "truncate",
})
# fmt: on
"""Members of the API."""

_decode = msgspec.json.Decoder().decode


class CohereEmbed(TaskOperation, kw_only=True):
    """`POST /v2/embed`."""

    name: str = "cohere_embed"
    action: str = "llm.embeddings"
    path: bytes = b"/v2/embed"
    dialect: str = "cohere_chat"
    known: AbstractSet[str] = KNOWN

    def extent(self, members: Members, media: MediaBounds) -> Extent:
        """Of the texts, and of the images."""
        extent = text_extent(members)
        images = sum(bytes(members[name]).count(b"data:") for name in ("images", "inputs") if name in members)
        return Extent(extent.most + images * media.image, extent.likely + images * LIKELY_PART)

    def read_tally(self, ask: Ask, body: bytes) -> Tally | None:
        """As billed."""
        try:
            answer: Any = _decode(body)
            units: dict[str, Any] = answer["meta"]["billed_units"]
            counts = [units.get(name) or 0 for name in ("input_tokens", "image_tokens")]
            tally = Tally(input=int(sum(counts)))
        except (msgspec.DecodeError, RecursionError, LookupError, TypeError, ValueError, AttributeError):
            return None
        return tally if tally.sound and "input_tokens" in units else None

    def crossings(self) -> Iterable[Crossing]:
        """To every other language for embeddings."""
        return embedding_crossings(cohere_embed.DIALECT)


OPERATION = CohereEmbed()
