"""An ask to rank documents by how well they answer a query, and its answer, in no provider's language."""

from typing import Any, cast

from msgspec import Struct

from trigate.llm.error import InvalidParameter, NotPortable
from trigate.llm.loss import Losses
from trigate.llm.told import told


class RankingAsk(Struct, kw_only=True):
    """A query and documents."""

    query: str
    documents: list[str]
    most: int | None = None
    """Documents that are wanted back; None for all."""
    shows: bool = False
    """The documents themselves are wanted back."""
    lost: list[str] = []
    """Members that only the caller's dialect knows."""


class Ranked(Struct, frozen=True):
    """One document's place in the ask, and how well it answers."""

    index: int
    score: float


class RankingReply(Struct, kw_only=True):
    """The best first."""

    ranked: list[Ranked]
    id: str = ""
    model: str = ""


def read_ranking(body: dict[str, Any], most: object, read: frozenset[str]) -> RankingAsk:
    """What all dialects have in common; raises InvalidParameter, and NotPortable for documents that are no texts."""
    query, documents = body.get("query"), body.get("documents")
    if not isinstance(query, str):
        raise InvalidParameter("`query` must be a text", "query")
    if not isinstance(documents, list) or not documents:
        raise InvalidParameter("`documents` must be a list of texts", "documents")
    if most is not None and (type(most) is not int or most < 1):
        raise InvalidParameter("the number of documents wanted back must be a whole number above 0", "top_n")
    return RankingAsk(
        query=query,
        documents=[_text(each) for each in cast("list[Any]", documents)],
        most=most,
        shows=body.get("return_documents") is True,
        lost=[name for name in body if name not in read],
    )


def read_ranked(results: list[Any]) -> list[Ranked]:
    """Raises LookupError, TypeError or ValueError for what is no ranking."""
    return [Ranked(int(each["index"]), float(each["relevance_score"])) for each in results]


def write_ranked(reply: RankingReply, ask: RankingAsk, *, plainly: bool = False) -> list[dict[str, Any]]:
    """Each with its document, if that was asked for; `plainly` as a bare text."""
    entries: list[dict[str, Any]] = []
    for each in reply.ranked:
        entry: dict[str, Any] = {"index": each.index, "relevance_score": each.score}
        if ask.shows and 0 <= each.index < len(ask.documents):
            text = ask.documents[each.index]
            entry["document"] = text if plainly else {"text": text}
        entries.append(entry)
    return entries


def tell_lost(ask: RankingAsk, losses: Losses) -> None:
    """What no other dialect has a word for."""
    for name in ask.lost:
        losses.drop(name)


def _text(document: Any) -> str:
    value = document if isinstance(document, str) else told(document, "text")
    if not isinstance(value, str):
        raise NotPortable("`documents` have to be texts: nothing else can be said to another provider's model")
    return value
