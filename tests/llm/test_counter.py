"""Each dialect's way to have tokens counted."""

import pytest

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.counter import ANTHROPIC, BEDROCK, COUNTERS, GEMINI, OPENAI, VERTEX, Counter
from trigate.llm.error import InvalidParameter


def test_the_ask_is_found_inside_or_at_the_top():
    assert GEMINI.read(b'{"generateContentRequest":{"contents":[]}}') == {"contents": []}
    assert GEMINI.read(b'{"contents":[]}') == {"contents": []}
    assert BEDROCK.read(b'{"input":{"converse":{"messages":[]}}}') == {"messages": []}
    with pytest.raises(InvalidParameter):
        BEDROCK.read(b'{"input":{"converse":[]}}')


def test_only_what_is_counted_goes_on():
    said = {"model": "m", "messages": [], "contents": [], "input": "x", "max_tokens": 5, "temperature": 1}
    assert ANTHROPIC.write(said, "m") == {"model": "m", "messages": []}
    assert OPENAI.write(said, "m") == {"model": "m", "input": "x"}
    assert VERTEX.write(said, "m") == {"contents": []}
    assert BEDROCK.write(said, "m") == {"input": {"converse": {"messages": []}}}
    assert GEMINI.write({"contents": []}, "m") == {"generateContentRequest": {"model": "models/m", "contents": []}}


@pytest.mark.parametrize("counter", COUNTERS, ids=lambda each: each.name)
def test_a_count_that_is_told_is_understood(counter: Counter):
    assert counter.read_count(counter.write_count(7)) == 7


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"input_tokens":-1}', b'{"input_tokens":1.5}', b'{"input_tokens":true}', b"1"]
)
def test_what_is_no_count_is_the_providers_fault(body: bytes):
    with pytest.raises(UpstreamProtocolError):
        ANTHROPIC.read_count(body)
