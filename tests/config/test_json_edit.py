"""Editing JSON with comments: what is put in is there, and nothing else has changed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.config.json_edit import put_member, read_json, remove_member
from trigate.core.errors import BadConfig

PATH = ("mcpServers", "trigate")
ENTRY = {"type": "http", "url": "http://127.0.0.1:8080/mcp"}

COMMENTED = """{
  // what it looks like
  "theme": "dark", /* not light */
  "mcpServers": {
    "git": { "command": "uvx", "args": ["git"] }, // tells of commits
    // "other": {},
  },
}
"""


def put(text: str) -> str:
    return put_member(text, "f.json", PATH, ENTRY)


def test_comments_and_trailing_commas_stay():
    changed = put(COMMENTED)
    lines = [line for line in changed.splitlines() if line not in COMMENTED.splitlines()]
    assert read_json(changed, "f") == {
        "theme": "dark", "mcpServers": {"git": {"command": "uvx", "args": ["git"]}, "trigate": ENTRY},
    }  # fmt: skip
    assert "// tells of commits" in changed
    assert '// "other": {},' in changed
    assert '    "trigate": {' in "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "{}",
        "{ }\n",
        '{"a": 1}',
        '{\n\t"a": {\n\t\t"b": 1\n\t}\n}\n',
        '{"mcpServers": {}}',
        '{\n  "mcpServers": {\n  }\n}\n',
        '{\n  "mcpServers": {\n    // none yet\n  }\n}\n',
        '{"mcpServers": {"git": {"url": "x"}}}',
        '{"mcpServers": {"git": {"url": "x"}, "trigate": {"url": "old"}}}',
        '{\n  "mcpServers": {\n    "trigate": {\n      "url": "old"\n    },\n    "git": {}\n  }\n}\n',
        '{\n  "mcpServers": {\n    "git": {},\n    "trigate": { "url": "old" }\n  },\n  "b": [1, {"c": null}]\n}\n',
        '\ufeff{"a": "//not a comment", "b": "/* nor this */"}',
        COMMENTED,
    ],
)
def test_what_is_put_in_is_there_and_can_be_taken_out(text: str):
    before = read_json(text, "f")
    changed = put(text)
    after = read_json(changed, "f")
    others = {key: value for key, value in before.get("mcpServers", {}).items() if key != "trigate"}
    assert after == {**before, "mcpServers": {**others, "trigate": ENTRY}}
    assert put(changed) == changed
    removed = read_json(remove_member(changed, "f.json", PATH), "f")
    assert removed == {**before, "mcpServers": others}
    if "//" not in text and "," not in text:
        json.loads(changed.lstrip("\ufeff"))


@pytest.mark.parametrize("text", ["{}", '{"mcpServers": {}}', '{"mcpServers": {"git": 1}}', ""])
def test_what_is_not_there_is_taken_out_without_a_change(text: str):
    assert remove_member(text, "f.json", PATH) == text


def test_what_is_put_in_and_taken_out_leaves_strict_json_as_it_was():
    text = '{\n  "mcpServers": {\n    "git": {\n      "url": "x"\n    }\n  }\n}\n'
    assert remove_member(put(text), "f.json", PATH) == text


@pytest.mark.parametrize("text", ["[]", '{"mcpServers": []}', '{"mcpServers": null}'])
def test_something_else_in_its_place_is_not_overwritten(text: str):
    with pytest.raises(BadConfig, match="something else than an object"):
        put(text)


@pytest.mark.parametrize(
    "text", ["{", '{"a"}', '{"a" 1}', '{"a": 1 "b": 2}', "{} x", "{a: 1}", '{"a": nul}', "[" * 500, '{"a']
)
def test_what_cannot_be_read_is_not_edited(text: str):
    with pytest.raises(BadConfig, match="not JSON that can be read"):
        put(text)


VALUES = st.recursive(
    st.text(max_size=8) | st.booleans() | st.none() | st.integers(-9, 9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@given(st.dictionaries(st.text(max_size=8), VALUES, max_size=4), st.sampled_from([None, 2, "\t"]))
def test_any_json_is_read_and_gets_its_member(content: dict[str, Any], indent: Any):
    content.pop("mcpServers", None)
    text = json.dumps(content, indent=indent)
    assert read_json(text, "f") == content
    assert json.loads(put(text)) == {**content, "mcpServers": {"trigate": ENTRY}}
