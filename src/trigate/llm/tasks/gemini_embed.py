"""Embeddings as Google's Gemini API has them: of one content, or of a batch."""

from typing import Any

from trigate.llm.embedding import EmbeddingAsk, EmbeddingReply, Purpose, tell_lost, vectors_of, whole_number
from trigate.llm.error import InvalidParameter, NotPortable
from trigate.llm.loss import Losses
from trigate.llm.reply import Tally
from trigate.llm.task_dialect import Heard
from trigate.llm.told import count_told, objects_told

_READ = frozenset({"content", "model", "outputDimensionality", "requests", "taskType"})
PURPOSES: dict[str, Purpose] = {
    "RETRIEVAL_QUERY": "query",
    "RETRIEVAL_DOCUMENT": "document",
    "SEMANTIC_SIMILARITY": "similarity",
    "CLASSIFICATION": "classification",
    "CLUSTERING": "clustering",
}
WORDS: dict[Purpose, str] = {each: word for word, each in PURPOSES.items()}


class GeminiBatchEmbed:
    """`POST /v1beta/models/MODEL:batchEmbedContents`."""

    name = "gemini_batch_embed"
    dialect = "gemini_content"

    def read_ask(self, body: dict[str, Any], model: str) -> EmbeddingAsk:
        """The first of a batch says for all what the vectors are for."""
        asks = _objects(body, "requests")
        first = asks[0]
        others = [name for name in body if name not in _READ]
        if any(_manner(each) != _manner(first) for each in asks):
            raise NotPortable("all of a batch must say the same `taskType` and `outputDimensionality`")
        return EmbeddingAsk(
            texts=[_text(each) for each in asks],
            dimensions=whole_number(first.get("outputDimensionality"), "outputDimensionality"),
            purpose=PURPOSES.get(str(first.get("taskType")), ""),
            lost=others + sorted({name for each in asks for name in each if name not in _READ}),
        )

    def write_ask(self, ask: EmbeddingAsk, model: str, losses: Losses) -> dict[str, Any]:
        """One of the batch for each text."""
        tell_lost(ask, losses)
        if ask.truncates is False:
            losses.drop("truncate")
        more: dict[str, Any] = {"taskType": WORDS[ask.purpose]} if ask.purpose else {}
        if ask.dimensions:
            more["outputDimensionality"] = ask.dimensions
        return {
            "requests": [
                {"model": f"models/{model}", "content": {"parts": [{"text": text}]}, **more} for text in ask.texts
            ]
        }

    def read_reply(self, body: dict[str, Any]) -> Heard:
        """The count is told by newer models only."""
        count = count_told(body, "usageMetadata", "promptTokenCount")
        vectors = vectors_of([each["values"] for each in body["embeddings"]])
        return Heard(EmbeddingReply(vectors=vectors), Tally(input=count) if count is not None else None)

    def write_reply(self, heard: Heard, ask: EmbeddingAsk, losses: Losses) -> dict[str, Any]:
        """A list, with the count."""
        reply: EmbeddingReply = heard.value
        return {"embeddings": [{"values": vector} for vector in reply.vectors], **_counted(heard)}


class GeminiEmbed(GeminiBatchEmbed):
    """`POST /v1beta/models/MODEL:embedContent`; providers are asked for batches, which are the same."""

    name = "gemini_embed"

    def read_ask(self, body: dict[str, Any], model: str) -> EmbeddingAsk:
        """One content."""
        return super().read_ask({"requests": [body]}, model)

    def write_reply(self, heard: Heard, ask: EmbeddingAsk, losses: Losses) -> dict[str, Any]:
        """The one vector, with the count."""
        reply: EmbeddingReply = heard.value
        return {"embedding": {"values": reply.vectors[0]}, **_counted(heard)}


def _counted(heard: Heard) -> dict[str, Any]:
    return {"usageMetadata": {"promptTokenCount": heard.tally.input}} if heard.tally is not None else {}


def _objects(body: dict[str, Any], *names: str) -> list[dict[str, Any]]:
    found = objects_told(body, *names)
    if not found:
        name = ".".join(names)
        raise InvalidParameter(f"`{name}` must be a list of objects", name)
    return found


def _manner(ask: dict[str, Any]) -> tuple[Any, Any]:
    return ask.get("taskType"), ask.get("outputDimensionality")


def _text(ask: dict[str, Any]) -> str:
    """All parts of a content, which must be texts."""
    texts = [part.get("text") for part in _objects(ask, "content", "parts")]
    if not all(isinstance(text, str) for text in texts):
        raise NotPortable("`content.parts` has to be texts: nothing else can be said to another provider's model")
    return "\n".join(map(str, texts))


DIALECT = GeminiBatchEmbed()
SINGLE = GeminiEmbed()
