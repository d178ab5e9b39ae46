"""What answers that are no chats tell of their bills."""

import msgspec
import pytest

from trigate.llm.reply import Tally
from trigate.llm.task_usage import read_answer


@pytest.mark.parametrize(
    ("usage", "tally"),
    [
        ({"input_tokens": 3, "output_tokens": 5, "total_tokens": 8}, Tally(input=3, output=5)),
        ({"prompt_tokens": 3, "total_tokens": 3}, Tally(input=3)),
        ({"total_tokens": 4}, Tally(input=4)),
        ({"type": "duration", "seconds": 1.5}, Tally(units={"milliseconds": 1500})),
        (
            {"input_tokens": 9, "output_tokens": 1, "input_token_details": {"audio_tokens": 7, "text_tokens": 2}},
            Tally(input=9, output=1, audio_input=7),
        ),
        (
            {"input_tokens": 9, "output_tokens": 1, "input_tokens_details": {"image_tokens": 7, "text_tokens": 2}},
            Tally(input=9, output=1, image_input=7),
        ),
        ({"input_tokens": -1}, None),
        ({"input_tokens": 10**12}, None),
        ({"seconds": -1}, None),
        ({"seconds": 1e9}, None),
        ({}, None),
    ],
)
def test_tokens_or_seconds_are_read(usage: object, tally: Tally | None):
    assert read_answer(msgspec.json.encode({"usage": usage})).tally() == tally


def test_pieces_durations_and_words_are_counted():
    assert read_answer(b'{"data":[1,2]}').pieces() == 2
    assert read_answer(b'{"data":{}}').pieces() == 0
    assert read_answer(b'{"duration":"2.5","text":"a b"}').duration() == 2.5
    assert read_answer(b'{"duration":"x"}').duration() == 0
    assert read_answer(b'{"duration":3,"text":"a b"}').words() == 2


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"usage":{"input_tokens":"many"}}', b"[" * 5000])
def test_what_is_in_no_known_form_tells_nothing(body: bytes):
    answer = read_answer(body)
    assert (answer.tally(), answer.pieces(), answer.duration(), answer.words()) == (None, 0, 0.0, 0)
