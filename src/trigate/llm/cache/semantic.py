"""Finds the answer to a question that was asked before in other words."""

from collections.abc import Iterable

from msgspec import Struct

from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.errors import StoreUnavailable
from trigate.core.shelf import Shelf
from trigate.llm.cache.embedding import Embedder
from trigate.llm.cache.key import Keys, Part, asked
from trigate.llm.cache.partition import Known, Partition
from trigate.llm.cache.question import find_question
from trigate.llm.cache.vector import Vector
from trigate.llm.cache_settings import SemanticSettings
from trigate.llm.operation import Ask


class Sense(Struct, frozen=True):
    """What a question means, and among which others it may be looked for."""

    partition: str
    """The key of its partition on the shelf: everything of an exact key but the question's own text."""
    vector: Vector


class Semantic:
    """Looks questions up by their meaning; never among those of another tenant, or of another conversation."""

    __slots__ = ("_embedder", "_keys", "_shelf")

    def __init__(self, shelf: Shelf, keys: Keys, embedder: Embedder) -> None:
        self._shelf = shelf
        self._keys = keys
        self._embedder = embedder

    async def sense(
        self, call: Call, ask: Ask, settings: SemanticSettings, namespaces: tuple[str, str], ground: Iterable[str]
    ) -> Sense | None:
        """What is asked, found out by a call to a model; None if it cannot be, or is no question of one text."""
        question = find_question(ask, settings.longest)
        if question is None:
            return None
        vector = await self._embedder.embed(call, settings.embeddings, question.text)
        if vector is None:
            return None
        parts: list[Part] = ["meaning", settings.embeddings, question.numbers, *ground, *asked(ask, question.rest)]
        return Sense(self._keys.key(namespaces, parts), vector)

    async def find(self, sense: Sense, settings: SemanticSettings) -> tuple[str, float] | None:
        """The key of the answer to the nearest question that was asked before, and how near that is."""
        partition = await self._partition(sense)
        return partition.nearest(sense.vector, settings.threshold) if partition is not None else None

    async def add(self, sense: Sense, key: str, ttl: float, settings: SemanticSettings) -> None:
        """The question has been answered; raises StoreUnavailable. Of two that come at once one may be lost."""
        partition = await self._partition(sense) or Partition(None, 0.0)
        known = Known(key, clock.wall_ns() / 1e9 + ttl, sense.vector.values, sense.vector.length)
        partition.add(known, sense.vector, settings.entries)
        await self._shelf.put(sense.partition, partition.write(), ttl)

    async def _partition(self, sense: Sense) -> Partition | None:
        try:
            raw = await self._shelf.get(sense.partition)
        except StoreUnavailable:
            return None
        return Partition(raw, clock.wall_ns() / 1e9)
