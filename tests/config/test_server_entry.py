"""Entries of all clients in one form."""

from typing import Any

import pytest

from trigate.config.server_entry import entries_of, shared_form

URL = "https://a/mcp"


@pytest.mark.parametrize(
    ("entry", "headers"),
    [
        ({"httpUrl": URL, "headers": {"X": "$TOKEN"}}, {"X": "${TOKEN}"}),
        ({"serverUrl": URL}, {}),
        ({"url": URL, "http_headers": {"X": "1"}, "env_http_headers": {"Y": "V"}}, {"X": "1", "Y": "${V}"}),
        ({"url": URL, "headers": {"X": "Bearer {env:V}"}}, {"X": "Bearer ${V}"}),
        ({"url": URL, "headers": {"X": "${env:V}", "Y": "pa$WORD"}}, {"X": "${env:V}", "Y": "pa$WORD"}),
        ({"command": "npx", "args": ["-y", "mcp-remote", URL, "--header", "X: 1"]}, {"X": "1"}),
        ({"command": "npx", "args": ["mcp-remote@latest", URL]}, {}),
    ],
)
def test_an_address_is_found_however_it_is_called(entry: dict[str, Any], headers: dict[str, str]):
    form = shared_form(entry)
    assert (form["url"], form["headers"]) == (URL, headers)
    assert "command" not in form


def test_another_program_stays_one():
    entry = {"command": "npx", "args": ["-y", "mcp-remote-like", "https://a/mcp"]}
    assert shared_form(entry)["command"] == "npx"


@pytest.mark.parametrize(("entry", "disabled"), [({"disabled": True}, True), ({"enabled": False}, True), ({}, False)])
def test_what_is_switched_off_stays_so(entry: dict[str, Any], disabled: bool):
    assert shared_form({"command": "x", **entry}).get("disabled", False) is disabled


@pytest.mark.parametrize("content", [None, [], {}, {"mcpServers": {}}, {"mcp": {"a": 1}}, {"mcp_servers": {"a": {}}}])
def test_what_lists_no_servers_has_none(content: Any):
    assert entries_of(content) == {}
