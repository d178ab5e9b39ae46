"""Editing TOML: one table is changed, and nothing else."""

import tomllib

import pytest

from trigate.config.toml_edit import put_table, read_toml, remove_table
from trigate.core.errors import BadConfig

PATH = ("mcp_servers", "trigate")
TABLE = {"url": "http://127.0.0.1:8080/mcp", "bearer_token_env_var": "TRIGATE_KEY"}

FILE = """\
# mine
model = "x"   # the best

[mcp_servers.git]
command = "uvx"
args = ["git"]

[mcp_servers.git.env]
A = "b"

# how it looks
[tui]
theme = "dark"
"""


def put(text: str) -> str:
    return put_table(text, "f.toml", PATH, TABLE)


def test_a_new_table_comes_last():
    assert put(FILE) == FILE + (
        '\n[mcp_servers.trigate]\nurl = "http://127.0.0.1:8080/mcp"\nbearer_token_env_var = "TRIGATE_KEY"\n'
    )
    assert remove_table(put(FILE), "f.toml", PATH) == FILE


def test_the_old_table_and_those_inside_of_it_are_replaced():
    old = FILE.replace("mcp_servers.git", "mcp_servers.trigate")
    changed = put(old)
    assert tomllib.loads(changed) == {"model": "x", "mcp_servers": {"trigate": TABLE}, "tui": {"theme": "dark"}}
    assert "# mine\n" in changed
    assert "# how it looks\n[tui]\n" in changed
    assert put(changed) == changed


@pytest.mark.parametrize("text", ["", "\n", "a = 1", "a = 1\n", '[mcp_servers]\n[mcp_servers."x y"]\nurl = "z"\n'])
def test_what_is_put_in_is_there(text: str):
    before = tomllib.loads(text)
    servers = {**before.get("mcp_servers", {}), "trigate": TABLE}
    assert tomllib.loads(put(text)) == {**before, "mcp_servers": servers}
    assert tomllib.loads(remove_table(put(text), "f.toml", PATH)) == before


def test_what_is_not_there_is_taken_out_without_a_change():
    assert remove_table(FILE, "f.toml", PATH) == FILE


@pytest.mark.parametrize(
    "text",
    ['mcp_servers = { trigate = { url = "old" } }\n', '[mcp_servers]\ntrigate.url = "old"\n', "mcp_servers = 1\n"],
)
def test_what_is_written_in_another_way_is_left_to_the_user(text: str):
    with pytest.raises(BadConfig):
        put(text)


def test_a_header_inside_of_a_text_is_none():
    text = 'a = """\n[mcp_servers.trigate]\nurl = 1\n"""\n'
    with pytest.raises(BadConfig):
        put(text)


def test_what_cannot_be_read_is_not_edited():
    with pytest.raises(BadConfig, match="not TOML that can be read"):
        read_toml("a = ", "f.toml")


def test_values_of_all_kinds_are_read_back():
    table = {"a b": 'ä"\\\n\x7f', "list": ["x", 1], "flag": True, "inner": {"k": "v", "e": {}}}
    assert tomllib.loads(put_table("", "f", PATH, table))["mcp_servers"]["trigate"] == table
