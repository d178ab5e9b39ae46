"""Rankings as Voyage's API has them."""

from typing import Any

from trigate.llm.loss import Losses
from trigate.llm.ranking import RankingAsk, RankingReply, read_ranked, tell_lost
from trigate.llm.task_dialect import Heard
from trigate.llm.tasks.jina_rerank import JinaRerank, token_tally


class VoyageRerank(JinaRerank):
    """`POST /v1/rerank` there; callers are understood as those of Jina's."""

    name = "voyage_rerank"

    def write_ask(self, ask: RankingAsk, model: str, losses: Losses) -> dict[str, Any]:
        tell_lost(ask, losses)
        most = {"top_k": ask.most} if ask.most else {}
        return {"model": model, "query": ask.query, "documents": ask.documents, **most}

    def read_reply(self, body: dict[str, Any]) -> Heard:
        reply = RankingReply(ranked=read_ranked(body["data"]), model=str(body.get("model", "")))
        return Heard(reply, token_tally(body))


DIALECT = VoyageRerank()
