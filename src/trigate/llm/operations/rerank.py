"""Rankings of documents: as Cohere's second API has them, and as nearly everybody else has."""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Raw

from trigate.llm.bridge import Crossing
from trigate.llm.extent import MediaBounds
from trigate.llm.operation import Ask, Burden
from trigate.llm.reply import Tally
from trigate.llm.task_dialect import TaskDialect, crossings_of
from trigate.llm.task_operation import TaskOperation
from trigate.llm.tasks import cohere_rerank, jina_rerank, voyage_rerank

SECOND = frozenset({"documents", "max_tokens_per_doc", "model", "priority", "query", "top_n"})
FIRST = SECOND | {"max_chunks_per_doc", "rank_fields", "return_documents", "top_k", "truncation"}
"""Members of the APIs."""
DOCUMENTS = 100
"""In one search; a long document counts as several (docs.cohere.com/docs/how-does-cohere-pricing-work)."""
LONG = 500
"""Tokens, of which each has one byte at least."""

_list = msgspec.json.Decoder(list[Raw]).decode
_decode = msgspec.json.Decoder().decode


class Rerank(TaskOperation, kw_only=True):
    """`POST /v2/rerank`, `/v1/rerank`."""

    action: str = "llm.rerank"
    unit: str = "searches"
    language: TaskDialect
    others: tuple[TaskDialect, ...]

    def burden(self, ask: Ask, media: MediaBounds) -> Burden:
        """As many searches as the documents can be at most."""
        return Burden(units={"searches": most_searches(ask)})

    def read_tally(self, ask: Ask, body: bytes) -> Tally | None:
        """Searches or tokens, whatever the answer tells."""
        try:
            answer: dict[str, Any] = _decode(body)
            tally = cohere_rerank.search_tally(answer) or jina_rerank.token_tally(answer)
        except (msgspec.DecodeError, RecursionError, LookupError, TypeError, ValueError, AttributeError):
            return None
        return tally if tally is not None and tally.sound else None

    def crossings(self) -> Iterable[Crossing]:
        """To those of the others."""
        return crossings_of(self.language, self.others)


def most_searches(ask: Ask) -> int:
    """Each document, and each further piece of a long one, counts."""
    raw = ask.members.get("documents", Raw(b"[]"))
    try:
        count = len(_list(raw))
    except msgspec.DecodeError:
        count = 1
    return -(-(count + len(raw) // LONG) // DOCUMENTS) or 1


COHERE = Rerank(
    name="cohere_rerank", path=b"/v2/rerank", dialect="cohere_chat", known=SECOND,
    language=cohere_rerank.DIALECT, others=(jina_rerank.DIALECT, voyage_rerank.DIALECT),
)  # fmt: skip
JINA = Rerank(
    name="jina_rerank", path=b"/v1/rerank", known=FIRST,
    language=jina_rerank.DIALECT, others=(cohere_rerank.DIALECT, voyage_rerank.DIALECT),
)  # fmt: skip
