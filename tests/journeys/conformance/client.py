"""The command that the suite runs to judge a client: a gateway before the given server, called and logged in to.

`python -m tests.journeys.conformance.client URL`; the suite says in the environment what it is about.
"""

import html
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

from tests.ports import free_port
from trigate.mcp.mirror import mirrored, param_fields

MODERN = "2026-07-28"
SERVER = "it"
WITHOUT_TOOLS = ("initialize", "request-metadata")
"""Scenarios that end before there is anything to call."""
UNCHECKED = ("http-custom-headers",)
"""Scenarios that give null for what is a string, to see what becomes of it."""
ROUNDS = 6
PATIENCE = 20.0
DOCUMENT = "https://conformance-test.local/client-metadata.json"
KEY = "a-key-of-the-suite-0123456789"
ONWARD = re.compile(r'http-equiv="refresh" content="0; url=([^"]*)"')
LINK = re.compile(r"https?://\S+/connect/[\w-]+")


class Gateway:
    """A gateway before one server, for as long as the block lasts."""

    def __init__(self, url: str, folder: Path) -> None:
        self.port = free_port()
        context = json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT") or "{}")
        revision = os.environ.get("MCP_CONFORMANCE_PROTOCOL_VERSION", MODERN)
        config = {
            "inbound": {"listen": f"127.0.0.1:{self.port}"},
            "admin": {"listen": f"127.0.0.1:{free_port()}"},
            "store": {"url": f"sqlite:///{folder}/store.db", "directory": str(folder)},
            "portal": {"url": f"http://127.0.0.1:{self.port}"},
            "outbound": {"egress": {"allow": ["127.0.0.0/8", "::1/128"], "names": ["localhost"]}},
            "policy": {"keys": {"me": {"secret": KEY, "user": "ada"}}},
            "mcp": {
                "servers": {
                    SERVER: {
                        "url": url,
                        "check": "off" if scenario() in UNCHECKED else "arguments",
                        "era": "modern" if revision == MODERN else "legacy",
                        "credential": credential(context),
                        "timeouts": {"list": "15s", "greet": "15s"},
                    }
                },
                "endpoints": {"all": {"servers": [SERVER], "prefix": False}},
            },
        }
        self.schemas: dict[str, Any] = {}
        """What the tools take, as far as they have been listed."""
        self._file = folder / "trigate.yaml"
        self._file.write_text(json.dumps(config), encoding="utf-8")
        self._log = (folder / "log").open("wb")

    def __enter__(self) -> "Gateway":
        command = [sys.executable, "-m", "trigate", "serve", "-c", str(self._file)]
        self._process = subprocess.Popen(command, stdout=self._log, stderr=self._log)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self._process.poll() is None:
            try:
                http.client.HTTPConnection("127.0.0.1", self.port, timeout=1).connect()
                return self
            except OSError:
                time.sleep(0.02)
        raise SystemExit(f"the gateway does not start: {self.log}")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)
        self._log.close()

    @property
    def log(self) -> str:
        return Path(self._log.name).read_text(encoding="utf-8")

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The result of a request, or its error as a result that has `isError`."""
        meta = {
            "io.modelcontextprotocol/protocolVersion": MODERN,
            "io.modelcontextprotocol/clientCapabilities": {"elicitation": {"form": {}}},
            "io.modelcontextprotocol/clientInfo": {"name": "suite", "version": "1"},
        }
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}
        headers = {
            "authorization": f"Bearer {KEY}",
            "content-type": "application/json",
            "accept": "application/json, text/event-stream",
            "mcp-protocol-version": MODERN,
            "mcp-method": method,
        }
        if "name" in params:
            headers["mcp-name"] = params["name"]
            repeated = mirrored(self.schemas.get(params["name"]))
            fields = param_fields(repeated, params.get("arguments", {}))
            headers |= {name.decode(): value.decode() for name, value in fields}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("POST", "/mcp/all", json.dumps(body), headers)
        found = json.loads(connection.getresponse().read())
        connection.close()
        if "error" in found:
            return {"isError": True, "content": [{"type": "text", "text": found["error"]["message"]}]}
        return found["result"]


def scenario() -> str:
    """What the suite is about to look at."""
    return os.environ.get("MCP_CONFORMANCE_SCENARIO", "")


def credential(context: dict[str, Any]) -> dict[str, Any]:
    """How the gateway logs in, given what the suite says."""
    oauth: dict[str, Any] = {"kind": "oauth", "client_metadata_url": DOCUMENT}
    if "client_id" in context:
        oauth |= {"client_id": context["client_id"], "client_secret": context["client_secret"]}
        oauth["issuer"] = context["issuer"]
    return oauth


def agree(link: str) -> None:
    """What somebody does in a browser who agrees to everything."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    try:
        page = browser.open(link, timeout=PATIENCE)
        if "/oauth/login" in page.url:
            send(browser, page, "/oauth/login", key=KEY, way="key")
            page = browser.open(link, timeout=PATIENCE)
        led = ONWARD.search(send(browser, page, ""))
        if led is not None:
            browser.open(html.unescape(led[1]), timeout=PATIENCE).read()
    except urllib.error.HTTPError as error:
        print(f"the browser was told {error.code}: {error.read().decode()}", file=sys.stderr)


def send(browser: urllib.request.OpenerDirector, page: Any, action: str, **fields: str) -> str:
    """Fill in and send a form of a page; what comes of it."""
    text = page.read().decode()
    for inside in re.findall(rf'<form method="post" action="{action}">(.*?)</form>', text, re.DOTALL):
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', inside))
        if hidden.get("way", fields.get("way")) == fields.get("way"):
            form = urllib.parse.urlencode({**{name: html.unescape(each) for name, each in hidden.items()}, **fields})
            place = urllib.parse.urljoin(page.url, action or page.url)
            return browser.open(place, data=form.encode(), timeout=PATIENCE).read().decode()
    raise SystemExit(f"no form leads to {action!r}: {text}")


def run(gateway: Gateway, context: dict[str, Any]) -> bool:
    """List the tools and call them, and agree to whatever stands in the way; whether the server let the gateway in."""
    for _ in range(ROUNDS):
        listed = gateway.ask("tools/list")
        tools = listed.get("tools", [])
        if not tools:
            print(f"no tools: {json.dumps(listed)}", file=sys.stderr)
        gateway.schemas = {each["name"]: each["inputSchema"] for each in tools}
        asked = context.get("toolCalls") or [{"name": each["name"], "arguments": example(each)} for each in tools]
        links = [LINK.search(json.dumps(call(gateway, each))) for each in asked]
        link = next((each for each in links if each is not None), None)
        if link is None:
            return bool(tools) and tools[0]["name"] != "connect"
        agree(link[0])
    return False


def call(gateway: Gateway, asked: dict[str, Any]) -> dict[str, Any]:
    """The result of a call, after answering what it asks for."""
    more: dict[str, Any] = {}
    for _ in range(ROUNDS):
        found = gateway.ask("tools/call", **asked, **more)
        print(f"{asked['name']}: {json.dumps(found)}", file=sys.stderr)
        if found.get("resultType") != "input_required":
            return found
        more = {"inputResponses": {key: accepted(each) for key, each in found.get("inputRequests", {}).items()}}
        more |= {"requestState": found["requestState"]} if "requestState" in found else {}
    return {}


def accepted(request: dict[str, Any]) -> dict[str, Any]:
    """An answer that leaves what has a default as it is, as callers are to fill in forms (2025-11-25, elicitation)."""
    schema: dict[str, dict[str, Any]] = request["params"].get("requestedSchema", {}).get("properties", {})
    own = {"confirmed": True, "confirm": True, "name": "x"}
    defaults = {name: each["default"] for name, each in schema.items() if "default" in each}
    return {"action": "accept", "content": {**(own if not defaults else {}), **defaults}}


def example(tool: dict[str, Any]) -> dict[str, Any]:
    """Arguments that fit."""
    values = {"number": 2, "integer": 2, "string": "x", "boolean": True}
    schema: dict[str, dict[str, Any]] = tool.get("inputSchema", {}).get("properties", {})
    return {name: values.get(str(each.get("type")), "x") for name, each in schema.items()}


def main() -> int:
    """Exit status 0 if the call was made."""
    with tempfile.TemporaryDirectory() as folder, Gateway(sys.argv[-1], Path(folder)) as gateway:
        done = run(gateway, json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT") or "{}"))
        print(gateway.log, file=sys.stderr)
        return 0 if done or scenario() in WITHOUT_TOOLS else 1


if __name__ == "__main__":
    sys.exit(main())
