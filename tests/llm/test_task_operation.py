"""What asks that are no chats have in common."""

import pytest
from msgspec import Raw

from trigate.core.errors import BadRequest
from trigate.llm.error import InvalidParameter
from trigate.llm.event_passing import EventPassing
from trigate.llm.extent import MediaBounds
from trigate.llm.form_ask import FormAsk
from trigate.llm.operation import Address, Burden
from trigate.llm.reply import Tally
from trigate.llm.task_operation import TaskOperation, read_count, read_text

PLAIN = TaskOperation(name="x", action="llm.x", known=frozenset({"model", "input"}))
FORM = TaskOperation(name="x", action="llm.x", known=frozenset({"model", "stream"}), forms="also", streams=True)
BODY = b'--b\r\ncontent-disposition: form-data; name="%b"\r\n\r\n%b\r\n'


def test_json_is_read_strictly():
    ask = PLAIN.decode(b'{"model":"m","input":"abcd","stream":true}')
    assert (ask.model, ask.streamed, ask.units) == ("m", False, None)
    assert ask.extent(MediaBounds()).likely == sum(map(len, ask.members.values())) // 4
    with pytest.raises(BadRequest):
        PLAIN.decode(b'{"model":"m","Input":"a"}')


def test_forms_are_read_where_they_are_sent():
    body = BODY % (b"model", b"m") + BODY % (b"stream", b"true") + b"--b--"
    ask = FORM.decode(body, Address(FORM, boundary=b"b"))
    assert isinstance(ask, FormAsk)
    assert (ask.model, ask.streamed) == ("m", True)
    assert not isinstance(FORM.decode(b'{"model":"m"}'), FormAsk)


def test_the_defaults_are_those_of_asks_without_output():
    ask = PLAIN.decode(b'{"model":"m"}')
    assert PLAIN.burden(ask, MediaBounds()) == Burden()
    assert PLAIN.output_bound(ask.members).most("") is None
    assert PLAIN.spoken_in(b"anything") == 0
    assert isinstance(PLAIN.passing(ask, 10), EventPassing)
    assert PLAIN.read_tally(ask, b'{"usage":{"prompt_tokens":3}}') == Tally(input=3)


@pytest.mark.parametrize(("said", "count"), [(b"3", 3), (b'"3"', 3), (b"null", 1)])
def test_counts_are_read_from_json_and_from_forms(said: bytes, count: int):
    assert read_count({"n": Raw(said)}, "n", 1, 9) == count


@pytest.mark.parametrize("said", [b"0", b"-1", b"10", b"1.5", b'"x"', b"[]"])
def test_other_counts_are_refused(said: bytes):
    with pytest.raises(InvalidParameter):
        read_count({"n": Raw(said)}, "n", 1, 9)


def test_texts_are_read():
    assert read_text({"a": Raw(b'"x"'), "b": Raw(b"null")}, "a") == "x"
    assert read_text({"b": Raw(b"null")}, "b") == read_text({}, "a") == ""
    with pytest.raises(InvalidParameter):
        read_text({"a": Raw(b"1")}, "a")
