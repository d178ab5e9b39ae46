"""Heads, data, trailers, messages."""

from trigate.core.parts import Message, field
from trigate.core.verdict import Content


def test_the_first_field_of_a_name_counts() -> None:
    assert field([(b"a", b"1"), (b"a", b"2")], b"a") == b"1"
    assert field([], b"a") is None


def test_a_message_is_content_whose_text_can_be_replaced() -> None:
    message = Message("ask", b"h\xc3\xa9llo \xff")
    assert isinstance(message, Content)
    assert message.texts() == ["héllo �"]
    message.replace_texts(["bye"])
    assert message.payload == b"bye"
