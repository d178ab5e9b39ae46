"""The load has the sizes that the budgets speak of."""

import json

from bench import message


def test_a_chat_body_has_two_kilobytes() -> None:
    assert len(message.chat_body("chat", stream=False)) == len(message.chat_body("chattls", stream=True)) == 2048


def test_a_chat_answer_has_one_kilobyte_and_usage() -> None:
    text = message.chat_answer()
    assert len(text) == 1024
    assert json.loads(text)["usage"]["total_tokens"] == 592


def test_a_chat_request_has_the_headers_of_the_sdk() -> None:
    assert len(message.chat("chat", stream=False).headers) == 13  # Host and Content-Length come with the wire


def test_the_headers_of_a_tool_call_agree_with_its_body() -> None:
    request = message.tool_call("tools__forecast")
    body = json.loads(request.body.replace(message.CALL_ID, "7"))
    assert body["id"] == 7
    assert request.headers["Mcp-Method"] == body["method"]
    assert request.headers["Mcp-Name"] == body["params"]["name"]
    assert request.headers["MCP-Protocol-Version"] == body["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"]
