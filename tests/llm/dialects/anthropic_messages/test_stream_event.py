"""Events are decoded, those of tomorrow passed over, and those that make no sense refused."""

import pytest

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.dialects.anthropic_messages.stream_event import read_stream_event


def test_a_piece_of_a_text_is_read() -> None:
    event = read_stream_event(
        b'{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"a","x":1}}'
    )
    assert event is not None
    assert event.delta is not None
    assert (event.type, event.index, event.delta.text) == ("content_block_delta", 2, "a")


@pytest.mark.parametrize(
    "data",
    [
        b'{"type":"tomorrow"}',
        b'{"type":"tomorrow","index":"first","delta":5}',
        b'{"type":"content_block_delta","index":0,"delta":{"type":"compaction_delta","text":["x"]}}',
        b"[DONE]",
    ],
)
def test_what_came_later_is_passed_over(data: bytes) -> None:
    assert read_stream_event(data) is None


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"5",
        b'{"type":5}',
        b'{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":5}}',
        b'{"type":"content_block_start","index":"0"}',
        b"[" * 100_000,
    ],
)
def test_what_makes_no_sense_is_the_providers_fault(data: bytes) -> None:
    with pytest.raises(UpstreamProtocolError):
        read_stream_event(data)
