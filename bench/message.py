"""What the callers send and what the upstreams answer, byte for byte the same for every proxy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

SECRET = "tg-bench-4f1d7c52a90b4e6d8c3a"
GOVERNED = "tg-bench-governed-9c1e5a7d20b84f36"
VERSION = "2026-07-28"

# As the OpenAI SDK for Python sends them.
SDK_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "User-Agent": "OpenAI/Python 2.8.1",
    "X-Stainless-Lang": "python",
    "X-Stainless-Package-Version": "2.8.1",
    "X-Stainless-OS": "Linux",
    "X-Stainless-Arch": "x64",
    "X-Stainless-Runtime": "CPython",
    "X-Stainless-Runtime-Version": "3.12.8",
    "X-Stainless-Async": "false",
    "X-Stainless-Retry-Count": "0",
}
KEY_HEADERS = {"Authorization": f"Bearer {SECRET}"}
JSON_HEADERS = {"Content-Type": "application/json"}

PLAIN_ANSWER = "x" * 1023 + "\n"
CALL_ID = "CALL_ID"


@dataclass(frozen=True)
class Request:
    """One request, and a text that its answer must contain. CALL_ID in the body becomes a running number."""

    method: str
    path: str
    marker: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: str = ""


def bare(path: str) -> Request:
    """A service request without a key."""
    return Request("GET", path, "xxxx", SDK_HEADERS)


def keyed(path: str) -> Request:
    """The same with a key."""
    return Request("GET", path, "xxxx", {**SDK_HEADERS, **KEY_HEADERS})


def chat(model: str, *, stream: bool) -> Request:
    """A chat completion with a conversation of 2 KB."""
    headers = {**SDK_HEADERS, **KEY_HEADERS, **JSON_HEADERS}
    marker = "chat.completion.chunk" if stream else "chatcmpl-"
    return Request("POST", "/v1/chat/completions", marker, headers, chat_body(model, stream=stream))


def governed(model: str, *, stream: bool) -> Request:
    """The same by a key that rules, limits and a budget are about."""
    asked = chat(model, stream=stream)
    return replace(asked, headers={**asked.headers, "Authorization": f"Bearer {GOVERNED}"})


def translated(model: str, *, stream: bool) -> Request:
    """The same again in Anthropic's dialect; the upstream speaks OpenAI's."""
    headers = {**SDK_HEADERS, "User-Agent": "Anthropic/Python 0.75.0", **JSON_HEADERS}
    headers |= {"x-api-key": GOVERNED, "anthropic-version": "2023-06-01"}
    marker = "assistant" if stream else "parcel"  # of a stream only the beginning is looked at
    return Request("POST", "/v1/messages", marker, headers, messages_body(model, stream=stream))


def tool_call(tool: str) -> Request:
    """A stateless `tools/call` of protocol revision 2026-07-28."""
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "Accept-Encoding": "gzip, deflate",
        "User-Agent": "python-mcp/2.3.0",
        "MCP-Protocol-Version": VERSION,
        "Mcp-Method": "tools/call",
        "Mcp-Name": tool,
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        **KEY_HEADERS,
    }
    return Request("POST", "/mcp", "sunny", headers, tool_body(tool))


def chat_body(model: str, *, stream: bool, size: int = 2048) -> str:
    """A conversation padded to the size."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [
            {"role": "system", "content": "You are a concise assistant for the support desk of a small shop."},
            {"role": "user", "content": ""},
        ],
        "temperature": 0.2,
        "max_tokens": 256,
    }
    if stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    body["messages"][1]["content"] = _prose(size - len(json.dumps(body)))
    return json.dumps(body)


def messages_body(model: str, *, stream: bool, size: int = 2048) -> str:
    """The same conversation as Anthropic's SDK sends it."""
    asked = json.loads(chat_body(model, stream=False, size=size))
    system, user = asked["messages"]
    body = {**asked, "system": system["content"], "messages": [user]}
    return json.dumps(body | ({"stream": True} if stream else {}))


def chat_answer(size: int = 1024) -> str:
    """A chat completion with usage, padded to the size."""
    answer: dict[str, Any] = {
        "id": "chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG",
        "object": "chat.completion",
        "created": 1741570283,
        "model": "gpt-4o-2024-08-06",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": ""}, "finish_reason": "stop"}],
        "usage": usage(480, 112),
        "service_tier": "default",
        "system_fingerprint": "fp_fc9f1d7035",
    }
    answer["choices"][0]["message"]["content"] = _prose(size - len(json.dumps(answer)))
    return json.dumps(answer)


def usage(asked: int, answered: int) -> dict[str, Any]:
    """Token counts as OpenAI reports them."""
    return {
        "prompt_tokens": asked,
        "completion_tokens": answered,
        "total_tokens": asked + answered,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }


def tool_body(tool: str) -> str:
    """The JSON-RPC message of a `tools/call`."""
    meta = {
        "io.modelcontextprotocol/protocolVersion": VERSION,
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1.0"},
    }
    params = {"name": tool, "arguments": {"city": "Oslo", "days": 3, "unit": "celsius"}, "_meta": meta}
    text = json.dumps({"jsonrpc": "2.0", "id": CALL_ID, "method": "tools/call", "params": params})
    return text.replace(f'"{CALL_ID}"', CALL_ID)


def _prose(size: int) -> str:
    sentence = "The parcel left the depot on Tuesday and the customer would like to know when it arrives. "
    return (sentence * (size // len(sentence) + 1))[:size]
