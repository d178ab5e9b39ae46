"""Events of one stream."""

from trigate.llm.dialects.openai_responses.pen import Pen


def test_events_are_numbered_and_taken_once() -> None:
    pen = Pen()
    pen.write("a", {"x": 1})
    assert pen.take() == b'event: a\ndata: {"type":"a","sequence_number":0,"x":1}\n\n'
    pen.write("b", {})
    assert pen.take() == b'event: b\ndata: {"type":"b","sequence_number":1}\n\n'
    assert pen.take() == b""
