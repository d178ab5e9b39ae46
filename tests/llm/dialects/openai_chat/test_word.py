"""Words that stand for words of the middle form."""

from typing import get_args

import pytest

from trigate.llm.dialects.openai_chat.word import FINISHES, STOPS, audio_format, audio_mime
from trigate.llm.reply import Stop


@pytest.mark.parametrize(
    ("form", "mime"), [("wav", "audio/wav"), ("mp3", "audio/mpeg"), ("pcm16", "audio/pcm"), ("flac", "audio/flac")]
)
def test_forms_of_audio_and_media_types_stand_for_each_other(form: str, mime: str):
    assert audio_mime(form) == mime
    assert audio_format(mime) == form


def test_an_older_media_type_has_the_same_form():
    assert audio_format("audio/x-wav") == "wav"


def test_every_reason_has_a_word_and_every_word_is_known():
    assert set(FINISHES) == set(get_args(Stop))
    assert set(FINISHES.values()) <= set(STOPS)
