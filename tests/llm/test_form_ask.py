"""What policy sees of a form, and what goes on."""

import pytest
from msgspec import Raw

from trigate.llm.error import InvalidParameter
from trigate.llm.form import Field, read_form
from trigate.llm.form_ask import FormAsk, members_of, read_form_flag
from trigate.llm.operation import Address
from trigate.llm.operations.openai_transcriptions import KNOWN, REPEATABLE, TRANSCRIBE

FIELDS = [Field("model", b"smart"), Field("file", b"\0\xff", "a.wav", b"audio/wav"), Field("include[]", b"logprobs")]


def test_the_model_is_replaced_and_all_else_stays():
    ask = FormAsk(Address(TRANSCRIBE, boundary=b"b"), FIELDS, b"")
    assert (ask.model, ask.size) == ("smart", 2)
    written = read_form(ask.write(Raw(b'"whisper-1"'), counts_streams=True), b"b", KNOWN, REPEATABLE)
    assert written == [Field("model", b"whisper-1"), *FIELDS[1:]]


def test_files_are_told_by_their_size():
    members = members_of([*FIELDS, Field("include[]", b"x")])
    assert {name: bytes(raw) for name, raw in members.items()} == {
        "model": b'"smart"',
        "file": b'{"filename":"a.wav","bytes":2}',
        "include": b'["logprobs","x"]',
    }


def test_a_text_must_be_one():
    with pytest.raises(InvalidParameter, match="UTF-8"):
        members_of([Field("model", b"\xff")])


@pytest.mark.parametrize(("said", "value"), [(b"true", True), (b"False", False), (b"false", False)])
def test_flags_are_words(said: bytes, *, value: bool):
    assert read_form_flag([Field("stream", said)], "stream") is value
    assert read_form_flag([], "stream") is False


def test_another_word_is_refused():
    with pytest.raises(InvalidParameter):
        read_form_flag([Field("stream", b"1")], "stream")
