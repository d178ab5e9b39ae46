"""What tool servers offer, by the names that operators use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.cli.operate.thing import KINDS, printable, read_place
from trigate.store.pin import SORTS, Pin


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("git", ("git", "", "")),
        ("git/push", ("git", "tool", "push")),
        ("git/a/b", ("git", "tool", "a/b")),
        ("git/prompt", ("git", "prompt", "")),
        ("git/prompt/brief", ("git", "prompt", "brief")),
        ("git/resource/file:///a", ("git", "resource", "file:///a")),
        ("git/tool/prompt/x", ("git", "tool", "prompt/x")),
    ],
)
def test_a_place_is_read(text: str, found: tuple[str, str, str]):
    assert read_place(text) == found


@given(st.sampled_from(SORTS), st.text(min_size=1) | st.sampled_from(["prompt", "tool/x", "template/a/b"]))
def test_whatever_a_thing_is_called_its_place_is_read_back(kind: str, name: str):
    assert read_place(Pin(server="git", kind=kind, name=name).place) == ("git", kind, name)  # type: ignore[arg-type]


def test_the_kinds_are_those_of_the_store():
    assert KINDS == SORTS


def test_letters_that_nobody_sees_are_written_out():
    assert printable("a\u200bb\x1b") == "a\\u{200b}b\\u{1b}"
