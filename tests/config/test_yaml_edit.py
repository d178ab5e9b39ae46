"""Editing YAML: what is put in is there, and nothing else has changed."""

import string
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from trigate.config.problem import InvalidConfig
from trigate.config.yaml_edit import put_entry, remove_entry, render
from trigate.core.errors import BadConfig

SERVER = {"command": ["uvx", "mcp-server-git"], "env": {"TOKEN": "${TOKEN}"}}
PATH = ("mcp", "servers", "git")


def put(text: str, value: Any = SERVER) -> str:
    return put_entry(text, "f.yaml", PATH, value)


def test_a_comment_stays_where_it_is():
    text = (
        "# the head\n"
        "mcp:\n"
        "  servers:   # all of them\n"
        "    time: { command: [uvx, time] }  # tells it\n"
        "    # wiki: { url: x }\n"
        "  # the views\n"
        "  endpoints:\n"
        "    a: { servers: [time] }\n"
    )
    assert put(text) == text.replace(
        "  # tells it\n",
        '  # tells it\n    git:\n      command: [uvx, mcp-server-git]\n      env: { TOKEN: "${TOKEN}" }\n',
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment\n",
        "inbound: { listen: x }",
        "mcp:\n",
        "mcp:\nllm: {}\n",
        "mcp: {}\n",
        "mcp: null\n",
        "mcp:\n  servers:\n",
        "mcp:\n  servers: ~\n  endpoints: {}\n",
        "mcp:\n  servers: {}\n",
        "mcp: { servers: {} }\n",
        "mcp: { servers: { a: { url: x } }, max_body: 1 }\n",
        "{mcp: {servers: {a: {url: x}}}}\n",
        "mcp:\n    servers:\n        a:\n            command:\n            - |\n              y\n\na: 1\n",
        "mcp:\n  servers:\n    a: {\n      url: x\n    }\n  max_body: 1\n",
        "mcp:\n  servers:\n    a: &a { url: x }\n    b: *a\n",
        "mcp:\n  servers:\n    git: { url: old }\n    z: { url: x }\n",
        "mcp:\n  servers:\n    git:\n      url: old\n      # its own comment\n      era: modern\n    z: { url: x }\n",
        "mcp: { servers: { git: { url: old } } }\n",
    ],
)
def test_what_is_put_in_is_there_and_the_rest_is_as_before(text: str):
    before, after = yaml.safe_load(text) or {}, yaml.safe_load(put(text))
    expected = dict(before)
    expected["mcp"] = dict(expected.get("mcp") or {})
    expected["mcp"]["servers"] = {**(expected["mcp"].get("servers") or {}), "git": SERVER}
    assert after == expected
    assert remaining(remove_entry(put(text), "f.yaml", PATH)) == {
        key: value for key, value in remaining(text).items() if key != "git"
    }


def remaining(text: str) -> dict[str, Any]:
    return ((yaml.safe_load(text) or {}).get("mcp") or {}).get("servers") or {}


def test_putting_in_the_same_twice_changes_nothing():
    once = put("mcp:\n  servers:\n    a: { url: x }\n")
    assert put(once) == once


def test_what_is_not_there_is_taken_out_without_a_change():
    for text in ("", "mcp: {}\n", "mcp: { servers: { a: 1 } }\n", "mcp:\n"):
        assert remove_entry(text, "f.yaml", PATH) == text


@pytest.mark.parametrize("text", ["mcp: []\n", "mcp: text\n", "- a\n", "mcp: { servers: 7 }\n"])
def test_something_else_in_its_place_is_not_overwritten(text: str):
    with pytest.raises(BadConfig):
        put(text)


def test_a_merged_mapping_is_not_mistaken_for_the_files_own():
    text = "base: &b\n  a: { url: x }\nmcp:\n  servers:\n    <<: *b\n"
    assert yaml.safe_load(put(text))["mcp"]["servers"]["git"] == SERVER


def test_what_cannot_be_read_is_not_edited():
    with pytest.raises(InvalidConfig, match="not valid YAML"):
        put("mcp: [\n")


def test_words_that_yaml_would_read_otherwise_are_quoted():
    assert render({"a": "no", "b": "1", "c": "x y", "d": True, "e": "yes"}, 0) == [
        'a: "no"', 'b: "1"', 'c: "x y"', "d: true", 'e: "yes"',
    ]  # fmt: skip


WORDS = st.text(string.printable + "äß—", max_size=20)
VALUES = st.recursive(
    WORDS | st.booleans() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
)


@given(st.dictionaries(WORDS, VALUES, max_size=4))
def test_whatever_is_rendered_is_read_back_the_same(value: dict[str, Any]):
    assert yaml.safe_load("\n".join(render({"x": value}, 0)))["x"] == value
