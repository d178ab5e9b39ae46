"""The demo's tool server: a whole MCP server over standard input and output, in both protocol eras.

Run as `python -m trigate.cli.demo.tools`. It is also the shortest answer to the question what such a server must do.
"""

import ast
import json
import operator
import sys
from collections.abc import Callable
from typing import Any, cast

Json = dict[str, Any]

MODERN = "2026-07-28"
LEGACY = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
PROTOCOL_VERSION = "io.modelcontextprotocol/protocolVersion"
SERVER_INFO = "io.modelcontextprotocol/serverInfo"
IDENTITY = {"name": "trigate-demo-tools", "version": "1.0.0"}
CAPABILITIES: Json = {"tools": {}, "resources": {}, "prompts": {}}
NOTE = "memo://welcome"
OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda a, b: a / b,
}


class Refused(Exception):
    """A JSON-RPC error."""

    def __init__(self, code: int, message: str, data: object = None) -> None:
        super().__init__(message)
        self.error: Json = {"code": code, "message": message} | ({} if data is None else {"data": data})


def schema(**properties: str) -> Json:
    """The schema of an object with these properties, all required."""
    return {
        "type": "object",
        "properties": {name: {"type": kind} for name, kind in properties.items()},
        "required": list(properties),
    }


def add(arguments: Json) -> Json:
    """Adds two numbers."""
    total = arguments["a"] + arguments["b"]
    return {"content": [{"type": "text", "text": f"{total:g}"}], "structuredContent": {"sum": total}}


def calculate(arguments: Json) -> Json:
    """Works out an expression of numbers, + - * / and brackets."""
    tree = ast.parse(arguments["expression"][:200], mode="eval")
    return text(f"{evaluate(tree.body):g}")


def evaluate(node: ast.expr) -> float:
    """The value of an expression; raises ValueError for anything but arithmetic."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -evaluate(node.operand)
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        return OPERATORS[type(node.op)](evaluate(node.left), evaluate(node.right))
    raise ValueError("only numbers, + - * / and brackets")


def count(arguments: Json) -> Json:
    """Counts the words of a text, telling how far it is."""
    words = str(arguments["text"]).split()
    for done, _ in enumerate(words, 1):
        report(arguments, done, len(words))
    return text(f"{len(words)} words")


def report(arguments: Json, done: int, total: int) -> None:
    """Tell the caller how far a call is, if it asked to know."""
    token = arguments.get("_token")
    if token is not None:
        params = {"progressToken": token, "progress": done, "total": total}
        send({"jsonrpc": "2.0", "method": "notifications/progress", "params": params})


TOOLS: dict[str, tuple[Callable[[Json], Json], Json]] = {
    "add": (add, schema(a="number", b="number")),
    "calculate": (calculate, schema(expression="string")),
    "count_words": (count, schema(text="string")),
}


def text(content: str, failed: bool = False) -> Json:
    """A tool's result of one text."""
    return {"content": [{"type": "text", "text": content}]} | ({"isError": True} if failed else {})


def list_tools(params: Json) -> Json:
    """Every tool."""
    return {"tools": [describe(name) for name in TOOLS]}


def describe(name: str) -> Json:
    """A tool as lists show it."""
    function, wanted = TOOLS[name]
    hints = {"readOnlyHint": True, "idempotentHint": True, "openWorldHint": False}
    return {"name": name, "description": function.__doc__, "inputSchema": wanted, "annotations": hints}


def call_tool(params: Json) -> Json:
    """Run a tool; what goes wrong inside is a result that a model can read and mend."""
    name = params.get("name")
    if name not in TOOLS:
        raise Refused(-32602, f"Unknown tool: {name}")
    arguments = dict(params.get("arguments") or {})
    token = params.get("_meta", {}).get("progressToken")
    if token is not None:
        arguments["_token"] = token
    try:
        return TOOLS[name][0](arguments)
    except KeyError as error:
        return text(f"argument {error} is missing", failed=True)
    except (ArithmeticError, SyntaxError, TypeError, ValueError) as error:
        return text(f"{type(error).__name__}: {error}", failed=True)


def list_resources(params: Json) -> Json:
    """The one resource."""
    return {"resources": [{"uri": NOTE, "name": "welcome", "mimeType": "text/plain"}]}


def list_templates(params: Json) -> Json:
    """There are none."""
    return {"resourceTemplates": []}


def read_resource(params: Json) -> Json:
    """The one resource's content."""
    uri = params.get("uri")
    if uri != NOTE:
        raise Refused(-32602 if is_modern(params) else -32002, "Resource not found", {"uri": uri})
    return {"contents": [{"uri": NOTE, "mimeType": "text/plain", "text": "Welcome to Trigate."}]}


def list_prompts(params: Json) -> Json:
    """The one prompt."""
    argument = {"name": "topic", "description": "what to explain", "required": True}
    return {"prompts": [{"name": "explain", "description": "Asks for an explanation", "arguments": [argument]}]}


def get_prompt(params: Json) -> Json:
    """The one prompt, filled in."""
    if params.get("name") != "explain":
        raise Refused(-32602, f"Unknown prompt: {params.get('name')}")
    arguments: Json = params.get("arguments") or {}
    topic = arguments.get("topic", "this")
    return {"messages": [{"role": "user", "content": {"type": "text", "text": f"Explain {topic} in one sentence."}}]}


def discover(params: Json) -> Json:
    """What this server is (2026-07-28)."""
    return {"supportedVersions": [MODERN], "capabilities": CAPABILITIES}


def initialize(params: Json) -> Json:
    """What this server is (2025-11-25 and earlier)."""
    wanted = params.get("protocolVersion")
    version = wanted if wanted in LEGACY else LEGACY[0]
    return {"protocolVersion": version, "capabilities": CAPABILITIES, "serverInfo": IDENTITY}


def ping(params: Json) -> Json:
    """Still here."""
    return {}


SHARED: dict[str, Callable[[Json], Json]] = {
    "tools/list": list_tools,
    "tools/call": call_tool,
    "resources/list": list_resources,
    "resources/templates/list": list_templates,
    "resources/read": read_resource,
    "prompts/list": list_prompts,
    "prompts/get": get_prompt,
}
METHODS = {True: SHARED | {"server/discover": discover}, False: SHARED | {"initialize": initialize, "ping": ping}}
CACHED = {
    "server/discover",
    "tools/list",
    "resources/list",
    "resources/templates/list",
    "resources/read",
    "prompts/list",
}


def is_modern(params: Json) -> bool:
    """Whether a request is of the newer era, which says so in each one."""
    return PROTOCOL_VERSION in (params.get("_meta") or {})


def answer(method: str, params: Json) -> Json:
    """The result of a request; raises Refused."""
    modern = is_modern(params)
    version = params["_meta"][PROTOCOL_VERSION] if modern else MODERN
    if version != MODERN:
        raise Refused(-32022, "Unsupported protocol version", {"supported": [MODERN], "requested": version})
    function = METHODS[modern].get(method)
    if function is None:
        raise Refused(-32601, f"Method not found: {method}")
    result = function(params)
    if modern:
        result |= {"resultType": "complete", "_meta": {SERVER_INFO: IDENTITY}}
        if method in CACHED:
            result |= {"ttlMs": 60_000, "cacheScope": "public"}
    return result


def respond(line: str) -> Json | None:
    """The response to a line, None for one that wants none."""
    try:
        found: Any = json.loads(line)
    except ValueError:
        return {"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "Parse error"}}
    message = cast("Json", found) if isinstance(found, dict) else {}
    if "id" not in message or "method" not in message:
        return None
    try:
        return {"jsonrpc": "2.0", "id": message["id"], "result": answer(message["method"], message.get("params") or {})}
    except Refused as refused:
        return {"jsonrpc": "2.0", "id": message["id"], "error": refused.error}


def send(message: Json) -> None:
    """Write one message."""
    sys.stdout.write(json.dumps(message, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Answer line after line until the input ends."""
    for line in sys.stdin:
        response = respond(line)
        if response is not None:
            send(response)


if __name__ == "__main__":
    main()
