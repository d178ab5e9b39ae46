"""Embeddings as the second version of Cohere's API has them."""

from typing import Any

from trigate.llm.embedding import (
    EmbeddingAsk,
    EmbeddingReply,
    Purpose,
    pack,
    tell_lost,
    texts_of,
    vectors_of,
    whole_number,
)
from trigate.llm.error import NotPortable
from trigate.llm.fresh import fresh_id
from trigate.llm.loss import Losses
from trigate.llm.reply import Tally
from trigate.llm.task_dialect import Heard
from trigate.llm.told import count_told, objects_told

_READ = frozenset({"embedding_types", "input_type", "inputs", "model", "output_dimension", "texts", "truncate"})
_PURPOSES: dict[str, Purpose] = {
    "search_query": "query",
    "search_document": "document",
    "classification": "classification",
    "clustering": "clustering",
}
_WORDS: dict[Purpose, str] = {each: word for word, each in _PURPOSES.items()}
USUAL = "search_document"
"""What vectors are for of which nobody said it: Cohere's API wants to know."""


class CohereEmbed:
    """`POST /v2/embed`."""

    name = "cohere_embed"
    dialect = "cohere_chat"

    def read_ask(self, body: dict[str, Any], model: str) -> EmbeddingAsk:
        """Texts, also those within `inputs`."""
        types = body.get("embedding_types") or ["float"]
        lost = [name for name in body if name not in _READ]
        if not set(types) <= {"float", "base64"}:
            lost.append("embedding_types")
        if "images" in body:
            raise NotPortable("`images` can only be embedded by a provider that speaks Cohere's language")
        return EmbeddingAsk(
            texts=texts_of(_inputs(body) if "inputs" in body else body.get("texts"), "texts"),
            dimensions=whole_number(body.get("output_dimension"), "output_dimension"),
            purpose=_PURPOSES.get(str(body.get("input_type")), ""),
            truncates=body["truncate"] != "NONE" if "truncate" in body else None,
            packed="float" not in types and "base64" in types,
            lost=lost,
        )

    def write_ask(self, ask: EmbeddingAsk, model: str, losses: Losses) -> dict[str, Any]:
        """As numbers, which can be told in any form."""
        tell_lost(ask, losses)
        if ask.purpose == "similarity":
            losses.degrade("purpose", USUAL)
        said: dict[str, Any] = {
            "model": model,
            "texts": ask.texts,
            "input_type": _WORDS.get(ask.purpose, USUAL),
            "embedding_types": ["float"],
        }
        if ask.dimensions:
            said["output_dimension"] = ask.dimensions
        if ask.truncates is not None:
            said["truncate"] = "END" if ask.truncates else "NONE"
        return said

    def read_reply(self, body: dict[str, Any]) -> Heard:
        """The numbers."""
        count = count_told(body, "meta", "billed_units", "input_tokens")
        tally = Tally(input=count) if count is not None else None
        return Heard(EmbeddingReply(vectors=vectors_of(body["embeddings"]["float"]), id=str(body.get("id", ""))), tally)

    def write_reply(self, heard: Heard, ask: EmbeddingAsk, losses: Losses) -> dict[str, Any]:
        """As numbers, or packed if nothing else was asked for."""
        reply: EmbeddingReply = heard.value
        count = heard.tally.input if heard.tally is not None else 0
        vectors = {"base64": list(map(pack, reply.vectors))} if ask.packed else {"float": reply.vectors}
        return {
            "response_type": "embeddings_by_type",
            "id": reply.id or fresh_id(""),
            "embeddings": vectors,
            "texts": ask.texts,
            "meta": {"api_version": {"version": "2"}, "billed_units": {"input_tokens": count}},
        }


def _inputs(body: dict[str, Any]) -> list[str | None]:
    """Each input's parts, joined if they are texts."""
    found: list[str | None] = []
    for each in objects_told(body, "inputs"):
        texts = [part.get("text") for part in objects_told(each, "content")]
        found.append("\n".join(map(str, texts)) if texts and all(isinstance(text, str) for text in texts) else None)
    return found


DIALECT = CohereEmbed()
