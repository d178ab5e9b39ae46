"""Google's embeddings, of one content or of a batch; the path names the model."""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Raw

from trigate.core.errors import BadRequest
from trigate.llm.bridge import Crossing
from trigate.llm.embedding_bridge import embedding_crossings
from trigate.llm.error import InvalidParameter
from trigate.llm.member import read_members, write_members
from trigate.llm.operation import Address, Ask
from trigate.llm.reply import Tally
from trigate.llm.task_dialect import TaskDialect
from trigate.llm.task_operation import TaskOperation
from trigate.llm.tasks import gemini_embed

KNOWN = frozenset({"content", "embedContentConfig", "model", "outputDimensionality", "taskType", "title"})
"""Members of the API for one content."""

_list = msgspec.json.Decoder(list[Raw]).decode
_decode = msgspec.json.Decoder().decode
_named = frozenset({"model"})


class _Ask(Ask):
    """Names its model also in the body, where that has to be the target's."""

    __slots__ = ()

    def write(self, model: Raw, *, counts_streams: bool) -> bytes:
        """The body for a target of the same dialect; raises InvalidParameter."""
        named = Raw(msgspec.json.encode("models/" + msgspec.json.decode(model, type=str)))
        if "requests" not in self.members:
            return write_members({**self.members, **({"model": named} if "model" in self.members else {})})
        try:
            each = [read_members(bytes(raw), _named) for raw in _list(self.members["requests"])]
        except (msgspec.DecodeError, BadRequest):
            raise InvalidParameter("`requests` must be a list of objects, each member once", "requests") from None
        requests = msgspec.json.encode([{**members, "model": named} for members in each])
        return write_members({**self.members, "requests": Raw(requests)})


class GeminiEmbed(TaskOperation, kw_only=True):
    """`POST /v1beta/models/MODEL:embedContent` and `:batchEmbedContents`."""

    action: str = "llm.embeddings"
    dialect: str = "gemini_content"
    language: TaskDialect

    def decode(self, body: bytes, address: Address | None = None) -> Ask:
        """Understand an ask; raises BadRequest."""
        return _Ask(address or Address(self), read_members(body, self.known), body)

    def read_tally(self, ask: Ask, body: bytes) -> Tally | None:
        """Newer models tell it."""
        try:
            answer: Any = _decode(body)
            tally = Tally(input=answer["usageMetadata"]["promptTokenCount"])
            return tally if tally.sound else None
        except (msgspec.DecodeError, RecursionError, LookupError, TypeError):
            return None

    def crossings(self) -> Iterable[Crossing]:
        """To every other language for embeddings."""
        return embedding_crossings(self.language)


ONE = GeminiEmbed(name="gemini_embed", known=KNOWN, language=gemini_embed.SINGLE)
BATCH = GeminiEmbed(name="gemini_batch_embed", known=frozenset({"requests"}), language=gemini_embed.DIALECT)
