"""Counts in the heads of Bedrock's answers."""

import pytest

from trigate.core.parts import Headers
from trigate.llm.header_tally import counted_in
from trigate.llm.reply import Tally

INTO = b"x-amzn-bedrock-input-token-count"
OUT = b"x-amzn-bedrock-output-token-count"


def test_counts_are_read():
    headers: Headers = [(INTO, b"7"), (OUT, b"5"), (b"x-amzn-bedrock-cache-read-input-token-count", b"3")]
    assert counted_in(headers) == Tally(input=7, output=5, cache_read=3)
    assert counted_in([(INTO, b"7")]) == Tally(input=7)


@pytest.mark.parametrize("headers", [[], [(INTO, b"seven")], [(INTO, b"-1")], [(OUT, b"9" * 30)]])
def test_what_tells_nothing_counts_nothing(headers: Headers):
    assert counted_in(headers) is None
