"""Documents to be ranked, and their ranks."""

from typing import Any

import pytest

from trigate.llm.error import InvalidParameter, NotPortable
from trigate.llm.loss import Losses
from trigate.llm.ranking import Ranked, RankingReply, read_ranked, read_ranking, tell_lost, write_ranked

READ = frozenset({"query", "documents", "return_documents"})


def test_documents_are_texts_or_hold_one():
    ask = read_ranking({"query": "q", "documents": ["a", {"text": "b"}], "rank_fields": []}, 2, READ)
    assert (ask.documents, ask.most, ask.lost) == (["a", "b"], 2, ["rank_fields"])
    losses = Losses()
    tell_lost(ask, losses)
    assert [each.field for each in losses.found()] == ["rank_fields"]


@pytest.mark.parametrize(
    ("body", "most"),
    [({"documents": ["a"]}, None), ({"query": "q"}, None), ({"query": "q", "documents": ["a"]}, 0)],
)
def test_what_is_no_ranking_is_refused(body: dict[str, Any], most: object):
    with pytest.raises(InvalidParameter):
        read_ranking(body, most, READ)


def test_other_documents_mean_nothing_elsewhere():
    with pytest.raises(NotPortable):
        read_ranking({"query": "q", "documents": [{"image": "x"}]}, None, READ)


def test_documents_come_back_where_they_are_wanted():
    reply = RankingReply(ranked=read_ranked([{"index": 1, "relevance_score": 0.5}, {"index": 9, "relevance_score": 0}]))
    assert reply.ranked == [Ranked(1, 0.5), Ranked(9, 0.0)]
    ask = read_ranking({"query": "q", "documents": ["a", "b"], "return_documents": True}, None, READ)
    told = write_ranked(reply, ask)
    assert told[0] == {"index": 1, "relevance_score": 0.5, "document": {"text": "b"}}
    assert told[1] == {"index": 9, "relevance_score": 0.0}
    assert write_ranked(reply, ask, plainly=True)[0]["document"] == "b"
