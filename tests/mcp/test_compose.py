"""Requests to servers carry what is the caller's, and of the hop only the gateway's own."""

import json
from typing import Any

from msgspec import Raw

from trigate.mcp.compose import Hop, compose, discover, initialize
from trigate.mcp.version import CLIENT_CAPABILITIES, LOG_LEVEL, MODERN, PROTOCOL_VERSION


def text(outgoing: Any) -> dict[str, Any]:
    return json.loads(outgoing.text(b"1"))


def test_a_modern_request_says_everything_in_itself():
    hop = Hop("modern", "push", "token", 3)
    sent = compose("tools/call", {"name": Raw(b'"git__push"'), "x": Raw(b"1.0")}, {"a/b": Raw(b"1")}, hop)
    params = text(sent)["params"]
    assert (params["name"], params["x"]) == ("push", 1.0)
    meta = params["_meta"]
    assert (meta[PROTOCOL_VERSION], meta[CLIENT_CAPABILITIES], meta["a/b"]) == (MODERN, {}, 1)
    assert (meta["progressToken"], meta[LOG_LEVEL]) == ("token", "warning")
    assert dict(sent.fields)[b"mcp-name"] == b"push"
    assert dict(sent.fields)[b"mcp-method"] == b"tools/call"


def test_a_legacy_request_has_nothing_of_the_newer_era():
    sent = compose("tools/call", {"requestState": Raw(b'"s"'), "task": Raw(b"{}")}, {}, Hop("legacy", "push"))
    assert text(sent)["params"] == {"name": "push"}
    assert sent.fields == []
    assert text(compose("tools/list", {}, {}, Hop("legacy", token="t")))["params"] == {"_meta": {"progressToken": "t"}}


def test_what_is_composed_leaves_the_ask_as_it_was():
    params = {"name": Raw(b'"a__b"'), "task": Raw(b"{}")}
    compose("tools/call", params, {}, Hop("modern", "b"))
    assert params.keys() == {"name", "task"}
    assert bytes(params["name"]) == b'"a__b"'


def test_hello_in_both_eras():
    assert dict(discover().fields)[b"mcp-method"] == b"server/discover"
    params = text(initialize())["params"]
    assert (params["protocolVersion"], params["capabilities"]) == ("2025-11-25", {})
