"""What a text without a value looks like."""

import pytest

from trigate.config.node import Mark, Scalar

HERE = Mark(3, 7)


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
def test_a_plain_null_is_no_value(text: str):
    assert Scalar(HERE, text, plain=True).null


@pytest.mark.parametrize("text", ["", "~", "null"])
def test_a_quoted_null_is_a_text(text: str):
    assert not Scalar(HERE, text, plain=False).null


def test_only_nothing_is_empty():
    assert Scalar(HERE, "", plain=True).empty
    assert not Scalar(HERE, "null", plain=True).empty
    assert not Scalar(HERE, "", plain=False).empty


def test_a_mark_reads_like_an_editor_shows_it():
    assert str(HERE) == "3:7"
