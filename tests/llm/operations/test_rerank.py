"""What is understood of an ask for a ranking."""

import msgspec
import pytest

from trigate.llm.operations.rerank import COHERE, most_searches
from trigate.llm.reply import Tally


@pytest.mark.parametrize(
    ("documents", "searches"), [(["a"] * 101, 2), (["a"] * 10, 1), (["a" * 500] * 90, 2), ([], 1), ("x", 1)]
)
def test_the_most_searches_are_reserved(documents: object, searches: int):
    ask = COHERE.decode(msgspec.json.encode({"model": "m", "query": "q", "documents": documents}))
    assert most_searches(ask) == searches


def test_searches_or_tokens_are_read():
    ask = COHERE.decode(b'{"model":"m"}')
    assert COHERE.read_tally(ask, b'{"meta":{"billed_units":{"search_units":2}}}') == Tally(units={"searches": 2})
    assert COHERE.read_tally(ask, b'{"usage":{"total_tokens":4}}') == Tally(input=4)
    for body in (b"{}", b"[]", b"x", b'{"meta":{"billed_units":{"search_units":-2}}}', b'{"usage":1}'):
        assert COHERE.read_tally(ask, body) is None
