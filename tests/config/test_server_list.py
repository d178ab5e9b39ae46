"""An `.mcp.json` is taken over without a secret in it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trigate.config.server_list import FoundServer, ServerList, read_server_list


def listed(servers: Any, folder: Path) -> ServerList:
    path = folder / ".mcp.json"
    path.write_text(json.dumps({"mcpServers": servers}))
    return read_server_list(path)


def only(entry: dict[str, Any], folder: Path, name: str = "one") -> FoundServer:
    (server,) = listed({name: entry}, folder).servers
    return server


def test_a_command_and_its_arguments_become_one_list(tmp_path: Path):
    entry = {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-everything", "/srv/some/long/path/42"]}
    assert only(entry, tmp_path).command == ("npx", *entry["args"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--token", "canary"], ["--token", "${ONE_ARGUMENT_2}"]),
        (["--api-key=canary"], ["--api-key=${ONE_ARGUMENT_1}"]),
        (["ghp_canary"], ["${ONE_ARGUMENT_1}"]),
        (["postgres://u:canary@h/db"], ["${ONE_ARGUMENT_1}"]),
        (["aB3aB3aB3aB3aB3aB3aB3aB3canary"], ["${ONE_ARGUMENT_1}"]),
        (["--token", "${TOKEN}"], ["--token", "${TOKEN}"]),
        (["--api-key=x", "/data"], ["--api-key=${ONE_ARGUMENT_1}", "/data"]),
        (["--verbose", "--port", "80"], ["--verbose", "--port", "80"]),
    ],
)
def test_a_secret_argument_becomes_a_reference(arguments: list[str], words: list[str], tmp_path: Path):
    assert only({"command": "run", "args": arguments}, tmp_path).command == ("run", *words)


@pytest.mark.parametrize(
    ("name", "value", "written"),
    [
        ("GITHUB_TOKEN", "canary", "${GITHUB_TOKEN}"),
        ("github_token", "canary", "${GITHUB_TOKEN}"),
        ("LOG_LEVEL", "debug", "debug"),
        ("ANY", "sk-canary", "${ANY}"),
        ("KEY", "${KEY:-canary}", "${KEY}"),
        ("KEY", "${OTHER}", "${OTHER}"),
        ("KEY", "${env:OTHER}", "${OTHER}"),
        ("KEY", "${input:the key}", "${THE_KEY}"),
        ("HOST", "${HOST:-localhost}", "${HOST:-localhost}"),
        ("SHAPE", "a ${b c} d", "a $${b c} d"),
    ],
)
def test_a_secret_in_the_environment_becomes_a_reference(name: str, value: str, written: str, tmp_path: Path):
    assert only({"command": "run", "env": {name: value}}, tmp_path).env == {name: written}


def test_headers_keep_their_scheme(tmp_path: Path):
    entry = {"url": "https://x/mcp", "headers": {"Authorization": "Bearer canary", "X-Api-Key": "canary", "X-A": "b"}}
    assert only(entry, tmp_path).headers == {
        "Authorization": "Bearer ${ONE_AUTHORIZATION}",
        "X-Api-Key": "${ONE_X_API_KEY}",
        "X-A": "b",
    }


def test_variables_to_set_are_listed_once(tmp_path: Path):
    found = listed(
        {"a": {"command": "a", "env": {"KEY": "1", "B": "${B}"}}, "c": {"command": "c", "env": {"KEY": "1"}}}, tmp_path
    )
    assert found.variables == ("KEY", "B")


@pytest.mark.parametrize(
    ("entry", "note"),
    [
        ({"command": "x", "disabled": True}, "disabled there"),
        ({"url": "ftp://x"}, "neither"),
        ({"url": "https://user:canary@x/"}, "neither"),
        ({}, "neither"),
        (3, "neither"),
    ],
)
def test_what_cannot_be_taken_over_is_noted(entry: Any, note: str, tmp_path: Path):
    found = listed({"one": entry}, tmp_path)
    assert found.servers == ()
    assert note in found.notes[0]
    assert "canary" not in found.notes[0]


def test_a_server_of_the_transport_before_streamable_http_is_one_by_its_address(tmp_path: Path):
    found = listed({"one": {"type": "sse", "url": "http://x/sse"}}, tmp_path)
    assert [each.url for each in found.servers] == ["http://x/sse"]
    assert found.notes == ()


def test_names_are_made_acceptable_and_stay_apart(tmp_path: Path):
    found = listed({name: {"command": "x"} for name in ("a b", "a-b", "a__b", "_", "é" * 99)}, tmp_path)
    assert [each.name for each in found.servers] == ["a-b", "a-b-2", "a_b", "server", "server-2"]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[]", b"3", b"[" * 100_000, b'{"mcpServers": []}'])
def test_a_file_that_is_no_list_of_servers_gives_none(content: bytes, tmp_path: Path):
    path = tmp_path / "mcp.json"
    path.write_bytes(content)
    assert read_server_list(path).servers == ()


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
ENTRIES = st.dictionaries(st.sampled_from(["command", "args", "env", "url", "headers", "cwd", "type"]), ANYTHING)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.text(max_size=10), ENTRIES, max_size=4))
def test_any_json_is_read(tmp_path: Path, servers: Any):
    found = listed(servers, tmp_path)
    assert len({each.name for each in found.servers}) == len(found.servers)
