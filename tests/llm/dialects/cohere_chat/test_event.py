"""One event of a stream."""

import pytest

from trigate.llm.dialects.cohere_chat.event import EventDelta, decode_event, read_usage


def test_members_that_nobody_knows_do_no_harm():
    event = decode_event(b'{"type":"content-delta","future":1,"delta":{"message":{"content":{"text":"a","future":1}}}}')
    assert event.type == "content-delta"


def test_the_first_event_has_lists_where_others_have_objects():
    assert decode_event(b'{"type":"message-start","delta":{"message":{"content":[],"tool_calls":[]}}}').delta


@pytest.mark.parametrize("usage", [b'"x"', b"null", b'{"tokens":7}'])
def test_usage_that_makes_no_sense_is_none_but_the_event_is_read(usage: bytes):
    event = decode_event(b'{"type":"message-end","delta":{"usage":' + usage + b"}}")
    assert event.delta is not None
    assert read_usage(event.delta) is None
    assert read_usage(EventDelta()) is None
