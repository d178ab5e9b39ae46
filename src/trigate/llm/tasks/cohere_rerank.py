"""Rankings as the second version of Cohere's API has them."""

from typing import Any

from trigate.llm.fresh import fresh_id
from trigate.llm.loss import Losses
from trigate.llm.ranking import RankingAsk, RankingReply, read_ranked, read_ranking, tell_lost, write_ranked
from trigate.llm.reply import Tally
from trigate.llm.task_dialect import Heard
from trigate.llm.told import count_told

_READ = frozenset({"documents", "model", "query", "top_n"})


class CohereRerank:
    """`POST /v2/rerank`."""

    name = "cohere_rerank"
    dialect = "cohere_chat"

    def read_ask(self, body: dict[str, Any], model: str) -> RankingAsk:
        return read_ranking(body, body.get("top_n"), _READ)

    def write_ask(self, ask: RankingAsk, model: str, losses: Losses) -> dict[str, Any]:
        """Documents that are wanted back are put in by the gateway."""
        tell_lost(ask, losses)
        most = {"top_n": ask.most} if ask.most else {}
        return {"model": model, "query": ask.query, "documents": ask.documents, **most}

    def read_reply(self, body: dict[str, Any]) -> Heard:
        reply = RankingReply(ranked=read_ranked(body["results"]), id=str(body.get("id", "")))
        return Heard(reply, search_tally(body))

    def write_reply(self, heard: Heard, ask: RankingAsk, losses: Losses) -> dict[str, Any]:
        reply: RankingReply = heard.value
        return {
            "id": reply.id or fresh_id(""),
            "results": write_ranked(reply, ask),
            "meta": {"api_version": {"version": "2"}, "billed_units": billed(heard.tally)},
        }


def search_tally(body: dict[str, Any]) -> Tally | None:
    """Searches as Cohere's API tells them."""
    searches = count_told(body, "meta", "billed_units", "search_units")
    return Tally(units={"searches": searches}) if searches is not None else None


def billed(tally: Tally | None) -> dict[str, int]:
    """What the provider counted, in Cohere's words."""
    if tally is None:
        return {}
    if tally.units is not None:
        return {"search_units": tally.units.get("searches", 0)}
    return {"input_tokens": tally.input}


DIALECT = CohereRerank()
