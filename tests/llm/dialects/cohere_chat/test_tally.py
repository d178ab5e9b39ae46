"""Usage in the dialect's own counting."""

from typing import Any

import msgspec
import pytest

from trigate.llm.dialects.cohere_chat.tally import read_tally, write_usage
from trigate.llm.reply import Tally

SEEN = {"input_tokens": 60, "output_tokens": 5}
BILLED = {"input_tokens": 8.0, "output_tokens": 5.0}


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"tokens": SEEN}, Tally(input=60, output=5)),
        ({"tokens": SEEN, "billed_units": BILLED}, Tally(input=8, output=5)),
        ({"tokens": SEEN, "billed_units": {"search_units": 1}}, Tally(input=60, output=5)),
        ({"tokens": SEEN, "cached_tokens": 40}, Tally(input=20, cache_read=40, output=5)),
        ({"billed_units": BILLED, "cached_tokens": 40}, Tally(cache_read=8, output=5)),
        ({"tokens": {"input_tokens": -1}}, None),
        ({"tokens": {"input_tokens": 1e30}}, None),
        ({"tokens": "many"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_what_is_billed_counts(usage: Any, expected: Tally | None):
    assert read_tally(msgspec.json.encode({"usage": usage})) == expected


def test_thoughts_and_cached_tokens_are_counted_in():
    tally = Tally(input=1, cache_read=2, cache_write=3, output=4, reasoning=5)
    usage = write_usage(tally)
    assert usage["tokens"] == usage["billed_units"] == {"input_tokens": 6, "output_tokens": 9}
    assert usage["cached_tokens"] == 2


def test_what_is_no_answer_has_no_tally():
    assert read_tally(b"nonsense") is None
