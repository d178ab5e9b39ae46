"""Rankings in Voyage's language."""

from trigate.llm.loss import Losses
from trigate.llm.ranking import Ranked, RankingAsk
from trigate.llm.tasks.voyage_rerank import DIALECT


def test_its_own_words_are_spoken_and_understood():
    said = DIALECT.write_ask(RankingAsk(query="q", documents=["a"], most=2), "m", Losses())
    assert said == {"model": "m", "query": "q", "documents": ["a"], "top_k": 2}
    heard = DIALECT.read_reply({"data": [{"index": 0, "relevance_score": 0.5}], "usage": {"total_tokens": 3}})
    assert heard.value.ranked == [Ranked(0, 0.5)]
