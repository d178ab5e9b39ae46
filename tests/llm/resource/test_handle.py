"""Identifiers open for their owner, in the one spelling that was given out, and for nobody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.llm.resource.handle import Handles, HandleUnknown, Origin, handles_in, is_marked, replace_handles

KEY = b"k" * 32
OWNER = "team/red"
RAW = Origin("openai", "file-AbCdEf0123456789")


def wrapped(kind: str = "file", owner: str = OWNER, origin: Origin = RAW) -> str:
    return Handles(KEY).wrap(kind, owner, origin)


def test_its_owner_finds_what_is_behind_it():
    text = wrapped()
    assert text.startswith("file-tg_")
    assert RAW.id not in text
    assert Handles(KEY).open("file", OWNER, text) == RAW


def test_it_is_always_the_same():
    assert wrapped() == wrapped()


@pytest.mark.parametrize(
    ("kind", "owner", "key"), [("batch", OWNER, KEY), ("file", "team/blue", KEY), ("file", OWNER, b"l" * 32)]
)
def test_for_anybody_else_it_is_unknown(kind: str, owner: str, key: bytes):
    with pytest.raises(HandleUnknown):
        Handles(key).open(kind, owner, wrapped())


@given(st.data())
def test_one_other_letter_and_it_is_unknown(data: st.DataObject):
    text = wrapped()
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.characters(codec="ascii"))
    changed = text[:place] + letter + text[place + 1 :]
    if changed != text:
        with pytest.raises(HandleUnknown):
            Handles(KEY).open("file", OWNER, changed)


@given(st.text(max_size=60))
def test_nothing_else_is_one(text: str):
    for tried in (text, f"file-tg_{text}", RAW.id):
        with pytest.raises(HandleUnknown):
            Handles(KEY).open("file", OWNER, tried)


@given(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=80),
)
def test_whatever_a_provider_calls_its_own_comes_back(provider: str, id: str):
    origin = Origin(provider, id)
    assert Handles(KEY).open("response", OWNER, wrapped("response", origin=origin)) == origin


def test_one_in_a_body_is_seen_and_replaced():
    text = wrapped()
    body = b'{"a":["%b","%b"],"b":"say \\"%b\\""}' % ((text.encode(),) * 3)
    assert handles_in(body)
    assert replace_handles(body, lambda found: f"<{len(found)}>") == (
        b'{"a":["<%d>","<%d>"],"b":"say \\"%b\\""}' % (len(text), len(text), text.encode())
    )


@given(st.text("tg_x", max_size=40))
def test_what_they_begin_with_is_found_wherever_it_stands(text: str):
    assert is_marked(text.encode()) == ("tg_" in text)


def test_a_body_without_one_is_left_alone():
    body = b'{"a":"file-abc","b":"tg_","c":"tg_ is a word"}'
    assert not handles_in(body)
    assert replace_handles(body, lambda found: "x") == body
