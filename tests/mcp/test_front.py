"""Bad input of each kind gets its own clear error, and nothing of it reaches a server."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mcp.servers import ModernServer
from tests.mcp.stage import BOTH, JSON, META, Answered, gateway, modern_request, session_fields
from trigate.mcp.version import MODERN

CALL = {"name": "git__echo", "arguments": {"text": "x"}}


async def refused(fields: dict[str, str], body: bytes, **more: Any) -> Answered:
    played = ModernServer()
    async with gateway({"git": played}, **more) as gate:
        answer = await gate.send("POST", "/mcp", fields, body)
        assert not played.calls("tools/call")
        return answer


# --- the head --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "status"),
    [
        ("origin", "http://evil.example", 403),
        ("origin", "null", 403),
        ("origin", "http://localhost.evil.example", 403),
        ("origin", "http://localhost/x", 403),
        ("content-type", "text/plain", 415),
        ("content-type", "", 415),
        ("content-type", "application/json; charset=latin-1", 415),
        ("content-encoding", "gzip", 415),
        ("accept", "application/json", 406),
        ("accept", "text/event-stream", 406),
        ("accept", "application/json, text/event-stream;q=0", 406),
        ("accept", "text/html", 406),
    ],
)
async def test_a_head_that_cannot_be_served_is_refused(field: str, value: str, status: int):
    headers, body = modern_request("tools/call", CALL, headers={field: value})
    answer = await refused(headers, body)
    assert answer.status == status
    assert answer.json["error"]["code"] == status


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("origin", "http://localhost:3000"),
        ("origin", "http://[::1]:3000"),
        ("origin", "https://127.0.0.1"),
        ("origin", "https://app.example"),
        ("content-type", "Application/JSON; charset=UTF-8"),
        ("content-encoding", "identity"),
        ("accept", "*/*"),
        ("accept", "text/*;q=0.5, application/*"),
    ],
)
async def test_a_head_in_another_spelling_is_served(field: str, value: str):
    headers, body = modern_request("tools/call", CALL, headers={field: value})
    async with gateway({"git": ModernServer()}, allowed_origins=("https://app.example",)) as gate:
        assert "result" in (await gate.send("POST", "/mcp", headers, body)).json


@pytest.mark.parametrize("field", ["mcp-method", "mcp-name", "mcp-protocol-version"])
async def test_a_routing_field_that_comes_twice_is_refused(field: str):
    headers, body = modern_request("tools/call", CALL)
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    played = ModernServer()
    async with gateway({"git": played}) as gate:
        answer = await gate.send_raw("POST", "/mcp", [*raw, (field.encode(), headers[field].encode())], body)
        assert (answer.status, answer.json["error"]["code"]) == (400, -32020)
        assert not played.seen


# --- the envelope ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", -32700),
        (b"{", -32700),
        (b"5", -32700),
        (b'{"a":1}}', -32700),
        (b'{"a":"\xff"}', -32700),
        (b'{"a":NaN}', -32700),
        (b"[" * 5000, -32700),
        (b'{"a":' * 5000, -32700),
        (b"{}", -32600),
        (b'{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":[1],"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":true,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":5}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"id":1,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","Method":"x"}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"name":"a","n\\u0061me":"b"}}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"result":{}}', -32600),
        (b'{"jsonrpc":"2.0","method":"ping"}', -32600),
        (b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600),
    ],
)
@pytest.mark.parametrize("era", ["modern", "legacy"])
async def test_a_body_that_is_no_message_is_refused(era: str, body: bytes, code: int):
    async with gateway() as gate:
        if era == "modern":
            fields = {"content-type": JSON, "accept": BOTH, "mcp-protocol-version": MODERN, "mcp-method": "ping"}
        else:
            fields = session_fields(await gate.initialize())
        answer = await gate.send("POST", "/mcp", fields, body)
        assert answer.status == 200 if (era, code) == ("legacy", -32602) else 400
        assert answer.json["error"]["code"] == code
        assert answer.json["id"] in {None, 1}


async def test_a_body_that_is_too_large_is_refused():
    headers, body = modern_request("tools/call", CALL | {"arguments": {"text": "x" * 5000}})
    answer = await refused(headers, body, max_body=4096)
    assert (answer.status, answer.json["error"]["code"]) == (413, 413)


# --- the newer era ---------------------------------------------------------------------------------------------------


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in META.items() if not name.endswith(key)}


@pytest.mark.parametrize(
    ("meta", "code"),
    [
        (without("protocolVersion"), -32602),
        (without("clientCapabilities"), -32602),
        ({**META, "io.modelcontextprotocol/clientCapabilities": []}, -32602),
        ({**META, "io.modelcontextprotocol/protocolVersion": 5}, -32602),
        ({**META, "io.modelcontextprotocol/protocolVersion": "2025-11-25"}, -32020),
        ({**META, "io.modelcontextprotocol/logLevel": "loud"}, -32602),
        ({}, -32602),
        ([], -32602),
        (None, -32602),
    ],
)
async def test_a_request_whose_meta_is_wrong_is_refused(meta: Any, code: int):
    headers, body = modern_request("tools/call", CALL)
    message = json.loads(body)
    message["params"]["_meta"] = meta
    answer = await refused(headers, json.dumps(message).encode())
    assert (answer.status, answer.json["error"]["code"], answer.json["id"]) == (400, code, 1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mcp-method", "tools/list"),
        ("mcp-method", "TOOLS/CALL"),
        ("mcp-method", None),
        ("mcp-name", "git__other"),
        ("mcp-name", "=?base64?!!?="),
        ("mcp-name", None),
        ("mcp-protocol-version", "2025-11-25"),
        ("mcp-protocol-version", None),
    ],
)
async def test_a_head_that_differs_from_the_body_is_refused(field: str, value: str | None):
    headers, body = modern_request("tools/call", CALL)
    headers.pop(field)
    if value is not None:
        headers[field] = value
    answer = await refused(headers, body)
    assert (answer.status, answer.json["error"]["code"], answer.json["id"]) == (400, -32020, 1)


@pytest.mark.parametrize("version", ["2099-01-01", "x"])
async def test_an_unknown_revision_is_told_what_is_supported(version: str):
    meta = {"io.modelcontextprotocol/protocolVersion": version}
    headers, body = modern_request("tools/call", CALL, meta=meta, headers={"mcp-protocol-version": version})
    error = (await refused(headers, body)).json["error"]
    assert error["code"] == -32022
    assert error["data"]["requested"] == version
    assert MODERN in error["data"]["supported"]


async def test_a_name_beyond_ascii_comes_and_goes_in_base64():
    played = ModernServer()
    async with gateway({"git": played}) as gate:
        headers, body = modern_request("resources/read", {"uri": "é"}, headers={"mcp-name": "=?base64?w6k=?="})
        assert "result" in (await gate.send("POST", "/mcp", headers, body)).json
        assert played.calls("resources/read")[0].fields["mcp-name"] == "=?base64?w6k=?="
        headers["mcp-name"] = "=?base64?Z2l0X1/DqQ==?="
        assert (await gate.send("POST", "/mcp", headers, body)).json["error"]["code"] == -32020


async def test_a_notification_of_the_newer_era_is_accepted_and_forgotten():
    async with gateway() as gate:
        fields = {"content-type": JSON, "accept": BOTH, "mcp-protocol-version": MODERN}
        body = b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}'
        answer = await gate.send("POST", "/mcp", fields, body)
        assert (answer.status, answer.body) == (202, b"")


# --- the older era ---------------------------------------------------------------------------------------------------


async def test_a_request_without_its_session_is_told_how_to_begin():
    fields = {"content-type": JSON, "accept": BOTH}
    answer = await refused(fields, b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}')
    assert (answer.status, answer.json["error"]["code"], answer.json["id"]) == (400, -32600, 1)
    assert "initialize" in answer.json["error"]["message"]


async def test_a_version_field_nobody_knows_is_refused_within_a_session():
    async with gateway() as gate:
        fields = session_fields(await gate.initialize()) | {"mcp-protocol-version": "2020-01-01"}
        answer = await gate.send("POST", "/mcp", fields, b'{"jsonrpc":"2.0","id":1,"method":"ping"}')
        assert (answer.status, answer.json["error"]["code"]) == (400, -32022)


@pytest.mark.parametrize("level", ["loud", 5, None])
async def test_a_log_level_that_is_none_is_refused(level: Any):
    async with gateway() as gate:
        answer = await gate.legacy(await gate.initialize(), "logging/setLevel", {"level": level})
        assert (answer.status, answer.json["error"]["code"]) == (200, -32602)


async def test_a_cursor_that_was_not_given_out_is_refused():
    async with gateway() as gate:
        answer = await gate.legacy(await gate.initialize(), "tools/list", {"cursor": "x"})
        assert answer.json["error"]["code"] == -32602


# --- anything at all -------------------------------------------------------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
envelopes = st.fixed_dictionaries(
    {},
    optional={
        "jsonrpc": st.just("2.0") | json_values,
        "id": st.integers() | st.text() | json_values,
        "method": st.sampled_from(["tools/call", "tools/list", "ping", "initialize", "resources/read"]) | json_values,
        "params": json_values
        | st.fixed_dictionaries(
            {},
            optional={"name": json_values, "uri": json_values, "arguments": json_values, "_meta": json_values},
        ),
        "result": json_values,
    },
)


@settings(max_examples=150, deadline=None)
@given(message=envelopes | json_values, modern=st.booleans())
async def test_whatever_comes_has_one_answer_with_the_right_id(message: Any, modern: bool):
    async with gateway({"git": ModernServer()}) as gate:
        if modern:
            fields = {"content-type": JSON, "accept": BOTH, "mcp-protocol-version": MODERN, "mcp-method": "tools/call"}
        else:
            fields = session_fields(await gate.initialize())
        answer = await gate.send("POST", "/mcp", fields, json.dumps(message).encode())
        assert answer.status in {200, 202, 400, 404}
        if answer.status == 202:
            assert answer.body == b""
            return
        reply = answer.json
        assert ("result" in reply) != ("error" in reply)
        given_id = message.get("id") if isinstance(message, dict) else None
        if isinstance(given_id, int | str) and not isinstance(given_id, bool):
            assert reply["id"] in {given_id, None}
        else:
            assert reply["id"] is None


@settings(max_examples=200, deadline=None)
@given(body=st.binary(max_size=200))
async def test_any_bytes_have_a_clear_answer(body: bytes):
    async with gateway() as gate:
        fields = {"content-type": JSON, "accept": BOTH, "mcp-protocol-version": MODERN}
        answer = await gate.send("POST", "/mcp", fields, body)
        assert answer.status == 400
        assert answer.json["error"]["code"] in {-32700, -32600, -32602, -32020}
