"""The demo's tool server answers both eras as the protocol wants."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.patience import PATIENCE
from trigate.cli.demo.tools import MODERN, respond

META = {"io.modelcontextprotocol/protocolVersion": MODERN, "io.modelcontextprotocol/clientCapabilities": {}}


def ask(method: str, params: dict[str, Any] | None = None, modern: bool = True) -> Any:
    sent = {**(params or {}), **({"_meta": META} if modern else {})}
    return respond(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": sent}))


@pytest.mark.parametrize("modern", [True, False])
def test_every_method_answers_in_both_eras(modern: bool):
    hello = ask("server/discover" if modern else "initialize", {"protocolVersion": "2025-06-18"}, modern)["result"]
    assert hello["supportedVersions"] == [MODERN] if modern else hello["protocolVersion"] == "2025-06-18"
    for method in ("tools/list", "resources/list", "resources/templates/list", "prompts/list"):
        result = ask(method, modern=modern)["result"]
        assert ("resultType" in result) is ("ttlMs" in result) is modern
    assert ask("resources/read", {"uri": "memo://welcome"}, modern)["result"]["contents"]
    assert ask("prompts/get", {"name": "explain", "arguments": {"topic": "x"}}, modern)["result"]["messages"]


@pytest.mark.parametrize(
    ("name", "arguments", "text"),
    [
        ("add", {"a": 2, "b": 0.5}, "2.5"),
        ("calculate", {"expression": "-(1 + 2) * 3 / 4"}, "-2.25"),
        ("count_words", {"text": "one two"}, "2 words"),
    ],
)
def test_tools_work(name: str, arguments: dict[str, Any], text: str):
    assert ask("tools/call", {"name": name, "arguments": arguments})["result"]["content"][0]["text"] == text


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("add", {"a": 2}),
        ("add", {"a": 2, "b": "x"}),
        ("calculate", {"expression": "1/0"}),
        ("calculate", {"expression": "__import__('os')"}),
        ("calculate", {"expression": "9**9**9"}),
        ("calculate", {"expression": "1 +"}),
    ],
)
def test_what_goes_wrong_inside_a_tool_is_a_result(name: str, arguments: dict[str, Any]):
    assert ask("tools/call", {"name": name, "arguments": arguments})["result"]["isError"] is True


@pytest.mark.parametrize(
    ("method", "params", "modern", "code"),
    [
        ("nonsense", {}, True, -32601),
        ("ping", {}, True, -32601),
        ("initialize", {}, True, -32601),
        ("server/discover", {}, False, -32601),
        ("tools/call", {"name": "none"}, True, -32602),
        ("prompts/get", {"name": "none"}, False, -32602),
        ("resources/read", {"uri": "none"}, True, -32602),
        ("resources/read", {"uri": "none"}, False, -32002),
    ],
)
def test_errors_have_the_eras_code(method: str, params: dict[str, Any], modern: bool, code: int):
    assert ask(method, params, modern)["error"]["code"] == code


def test_an_unknown_revision_is_told_what_is_supported():
    meta = {**META, "io.modelcontextprotocol/protocolVersion": "2099-01-01"}
    found = respond(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta}}))
    assert found is not None
    assert (found["error"]["code"], found["error"]["data"]["supported"]) == (-32022, [MODERN])


def test_notifications_and_answers_have_no_response_and_garbage_has_an_error():
    assert respond('{"jsonrpc":"2.0","method":"notifications/initialized"}') is None
    assert respond('{"jsonrpc":"2.0","id":1,"result":{}}') is None
    assert respond("5") is None
    assert (respond("{") or {})["error"]["code"] == -32700


def test_as_a_command_it_tells_progress_and_ends_with_its_input():
    params = {"name": "count_words", "arguments": {"text": "a b"}, "_meta": {**META, "progressToken": "p"}}
    line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
    command = [sys.executable, "-m", "trigate.cli.demo.tools"]
    done = subprocess.run(command, input=line + "\n", capture_output=True, text=True, timeout=PATIENCE, check=True)
    first, second, response = map(json.loads, done.stdout.splitlines())
    assert (first["params"]["progress"], second["params"]["progress"]) == (1, 2)
    assert first["params"]["progressToken"] == "p"
    assert response["id"] == 1
