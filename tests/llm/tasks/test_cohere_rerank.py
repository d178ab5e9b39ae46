"""Rankings in Cohere's language."""

from trigate.llm.loss import Losses
from trigate.llm.reply import Tally
from trigate.llm.tasks.cohere_rerank import DIALECT, billed, search_tally


def test_searches_are_counted():
    body = {"results": [], "meta": {"billed_units": {"search_units": 2.0}}}
    assert search_tally(body) == Tally(units={"searches": 2})
    assert search_tally({"meta": None}) is None
    assert billed(Tally(units={"searches": 2})) == {"search_units": 2}
    assert billed(Tally(input=3)) == {"input_tokens": 3}
    assert billed(None) == {}


def test_what_only_cohere_knows_is_told_elsewhere():
    ask = DIALECT.read_ask({"query": "q", "documents": ["a"], "priority": 1}, "m")
    losses = Losses()
    assert DIALECT.write_ask(ask, "m", losses) == {"model": "m", "query": "q", "documents": ["a"]}
    assert [each.field for each in losses.found()] == ["priority"]
