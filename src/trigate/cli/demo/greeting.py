"""What the demo prints: its key, three commands to paste, and where to look."""

import json
from typing import Any

from trigate.cli.demo.plan import Plan

MODEL = "demo"
TOOL = "demo__add"
_QUESTION: dict[str, Any] = {"model": MODEL, "stream": True, "messages": [{"role": "user", "content": "Say hello."}]}
_META: dict[str, Any] = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}
_CALL: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": TOOL, "arguments": {"a": 2, "b": 3}, "_meta": _META},
}
_TEXT = """
{notes}Trigate serves on {url}, with a small service, a chat model and a tool server of its own.
Key of this run: {key}

A request to the service:

{service}

A streamed chat completion:

{chat}

A tool call:

{tool}

With OpenAI's SDK: OpenAI(base_url="{url}/v1", api_key="{key}") and model "{model}".
{found}The configuration is {path}; change it and the gateway takes it over.
Every call leaves one line of JSON below. Ctrl-C ends the demo and everything it started.
"""


def greeting(plan: Plan, path: str) -> str:
    """The whole text; `path` is the configuration file's."""
    return _TEXT.format(
        notes="".join(f"{note}\n" for note in plan.notes),
        url=plan.url,
        key=plan.key,
        service=service_command(plan),
        chat=chat_command(plan),
        tool=tool_command(plan),
        model=MODEL,
        found="".join(f"{line}\n" for line in _found(plan)),
        path=path,
    )


def service_command(plan: Plan) -> str:
    """Ask the service, through the api lane."""
    return f"curl {plan.url}/hello {_authorization(plan)}"


def chat_command(plan: Plan) -> str:
    """Ask the demo's model, through the llm lane; `-N` shows each word as it comes."""
    return f"curl -N {plan.url}/v1/chat/completions {_authorization(plan)} {_json(_QUESTION)}"


def tool_command(plan: Plan) -> str:
    """Call a tool, through the mcp lane, in the protocol's stateless form: one request that says everything."""
    fields = {
        "mcp-protocol-version": _META["io.modelcontextprotocol/protocolVersion"],
        "mcp-method": _CALL["method"],
        "mcp-name": TOOL,
    }
    headers = " ".join(f"-H '{name}: {value}'" for name, value in fields.items())
    return f"curl {plan.url}/mcp {_authorization(plan)} {headers} {_json(_CALL)}"


def _found(plan: Plan) -> list[str]:
    return [
        f"Found ${each.variable}: callers may also ask for {each.name}/MODEL, which goes to the real provider."
        for each in plan.providers
    ]


def _authorization(plan: Plan) -> str:
    return f"-H 'authorization: Bearer {plan.key}'"


def _json(body: dict[str, Any]) -> str:
    return f"-H 'content-type: application/json' -d '{json.dumps(body)}'"
