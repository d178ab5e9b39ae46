"""Rankings in the language of Jina and many others."""

from trigate.llm.reply import Tally
from trigate.llm.tasks.jina_rerank import DIALECT, token_tally


def test_either_number_is_read():
    body = {"query": "q", "documents": ["a"]}
    assert DIALECT.read_ask({**body, "top_n": 2}, "m").most == 2
    assert DIALECT.read_ask({**body, "top_k": 3}, "m").most == 3
    assert DIALECT.read_ask(body, "m").most is None


def test_tokens_or_searches_are_counted():
    assert token_tally({"usage": {"total_tokens": 3}}) == Tally(input=3)
    assert token_tally({}) is None
    heard = DIALECT.read_reply({"results": [], "meta": {"billed_units": {"search_units": 1}}})
    assert heard.tally == Tally(units={"searches": 1})
