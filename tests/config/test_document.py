"""YAML text to nodes: places, aliases, merges, bounds, and what is refused."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.config.document import MAX_CHARACTERS, MAX_DEPTH, MAX_NODES, read_document
from trigate.config.node import Mapping, Mark, Node, Scalar, Sequence
from trigate.config.problem import InvalidConfig


def plain(node: Node) -> object:
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return [plain(each) for each in node.items]
    return {key.text: plain(value) for key, value in node.entries}


def refusal(text: str) -> str:
    with pytest.raises(InvalidConfig) as caught:
        read_document(text, "f")
    (problem,) = caught.value.problems
    return str(problem)


def test_every_node_knows_its_place():
    node = read_document("a:\n  b: [x, 'y']\n", "f")
    assert isinstance(node, Mapping)
    ((_, inner),) = node.entries
    assert isinstance(inner, Mapping)
    ((key, items),) = inner.entries
    assert isinstance(items, Sequence)
    assert (key.mark, items.mark, items.items[1].mark) == (Mark(2, 3), Mark(2, 6), Mark(2, 10))


def test_texts_stay_as_they_are_written():
    assert plain(read_document("{a: no, b: 0777, c: 1:30, d: 1.10, on: off}", "f")) == {
        "a": "no", "b": "0777", "c": "1:30", "d": "1.10", "on": "off",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n...\n", "\n\n"])
def test_nothing_is_an_empty_document(text: str):
    assert plain(read_document(text, "f")) in ({}, "")


def test_duplicates_are_kept_for_whoever_reports_them():
    node = read_document("a: 1\na: 2\n", "f")
    assert isinstance(node, Mapping)
    assert [key.mark.line for key, _ in node.entries] == [1, 2]


def test_an_alias_stands_for_its_anchor():
    assert plain(read_document("a: &x [1, 2]\nb: *x\n", "f")) == {"a": ["1", "2"], "b": ["1", "2"]}


def test_a_merge_gives_keys_that_are_not_written():
    text = "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc:\n  <<: [*a, *b]\n  x: 0\n"
    assert plain(read_document(text, "f")) == {
        "a": {"x": "1", "y": "2"}, "b": {"y": "3", "z": "4"}, "c": {"x": "0", "y": "2", "z": "4"},
    }  # fmt: skip


def test_a_merge_of_something_else_stays_a_key():
    assert plain(read_document("a: {<<: 5}", "f")) == {"a": {"<<": "5"}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &a [*a]", "f:1:8: an alias inside of what it stands for"),
        ("a: *b", "f:1:4: an alias without its anchor; quote the text if it begins with an asterisk"),
        ("a: !!python/object:os.system x", "f:1:4: tags are not used here"),
        ("a: !secret x", "f:1:4: tags are not used here"),
        ("a: 1\n---\nb: 2\n", "f:2:1: a second document"),
        ("? [a, b]\n: 1", "f:1:3: a key must be a single word or text"),
        ("a:\n\tb: 1\n", "f:2:1: not valid YAML"),
        ("a: b: c", "f:1:5: not valid YAML"),
        ("a: [1, 2", "not valid YAML"),
        ("ok: 1\nbell: \x07", "f:2:7: not valid YAML: a control character"),
        ("\ud800", "not valid Unicode"),
        ("x" * (MAX_CHARACTERS + 1), "longer than"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text: str, message: str):
    assert message in refusal(text)


def test_a_message_never_quotes_the_line():
    assert "canary" not in refusal("a: 'canary-secret\nb: 1: 2\n")
    assert "canary" not in refusal("a: !canary-secret x")
    assert "canary" not in refusal("a: *canary-secret")


def test_nesting_is_bounded_without_reading_all_of_it():
    assert f"deeper than {MAX_DEPTH}" in refusal("[" * 200_000)


def test_aliases_of_aliases_are_counted_as_what_they_stand_for():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    assert f"more than {MAX_NODES}" in refusal("\n".join(lines))


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%?,~<.$\\ \n\t0é", max_size=80))
def test_any_text_is_read_or_refused(text: str):
    with suppress(InvalidConfig):
        read_document(text, "f")
