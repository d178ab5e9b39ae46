"""Rankings as Jina's API has them, and with it vLLM's, Together's and many others, and nearly Cohere's first one."""

from typing import Any

from trigate.llm.fresh import fresh_id
from trigate.llm.loss import Losses
from trigate.llm.ranking import RankingAsk, RankingReply, read_ranked, read_ranking, tell_lost, write_ranked
from trigate.llm.reply import Tally
from trigate.llm.task_dialect import Heard
from trigate.llm.tasks.cohere_rerank import billed, search_tally
from trigate.llm.told import count_told

_READ = frozenset({"documents", "model", "query", "return_documents", "top_k", "top_n", "truncation"})


class JinaRerank:
    """`POST /v1/rerank`."""

    name = "jina_rerank"
    dialect = "openai_chat"

    def read_ask(self, body: dict[str, Any], model: str) -> RankingAsk:
        """Callers of Voyage's API say `top_k`."""
        return read_ranking(body, body.get("top_n", body.get("top_k")), _READ)

    def write_ask(self, ask: RankingAsk, model: str, losses: Losses) -> dict[str, Any]:
        tell_lost(ask, losses)
        most = {"top_n": ask.most} if ask.most else {}
        return {
            "model": model, "query": ask.query, "documents": ask.documents, **most, "return_documents": False,
        }  # fmt: skip

    def read_reply(self, body: dict[str, Any]) -> Heard:
        reply = RankingReply(
            ranked=read_ranked(body["results"]), id=str(body.get("id", "")), model=str(body.get("model", ""))
        )
        return Heard(reply, search_tally(body) or token_tally(body))

    def write_reply(self, heard: Heard, ask: RankingAsk, losses: Losses) -> dict[str, Any]:
        """In the words of all who send their asks here: Jina's, those of Cohere's first API, and Voyage's."""
        reply: RankingReply = heard.value
        count = heard.tally.input if heard.tally is not None else 0
        return {
            "id": reply.id or fresh_id(""),
            "object": "list",
            "model": reply.model,
            "results": write_ranked(reply, ask),
            "data": write_ranked(reply, ask, plainly=True),
            "usage": {"total_tokens": count},
            "meta": {"billed_units": billed(heard.tally)},
        }


def token_tally(body: dict[str, Any]) -> Tally | None:
    """Tokens as the answer tells them."""
    count = count_told(body, "usage", "total_tokens")
    return Tally(input=count) if count is not None else None


DIALECT = JinaRerank()
