"""Columns that hold lists of words, and names of other rows."""

from sqlalchemy.dialects.sqlite import dialect

from trigate.store.column import Owner, Words


def test_words_come_back_as_they_went():
    kind, words = Words(), ("a", "b,c", '"')
    assert kind.process_result_value(kind.process_bind_param(words, dialect()), dialect()) == words
    assert kind.process_bind_param(None, dialect()) is None
    assert kind.process_result_value(None, dialect()) == ()


def test_no_name_is_null_inside():
    assert Owner().process_bind_param("", dialect()) is None
    assert Owner().process_result_value(None, dialect()) == ""
