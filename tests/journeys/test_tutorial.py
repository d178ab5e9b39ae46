"""The tutorial, followed to the letter: its commands, its files, and what it says comes of them."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import BIN, SYSTEM_PATH
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.process.scene import ROOT, until

PAGE = (ROOT / "docs" / "tutorials" / "first-gateway.md").read_text(encoding="utf-8")
KEY = "tg-my-very-first-key"
SHELL = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
FILES = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
LIST_TOOLS = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/list",
    "params": {
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        }
    },
}
MODERN = ("mcp-protocol-version: 2026-07-28", "mcp-method: tools/list", "content-type: application/json")


def block(text: str) -> str:
    """The one block of commands that contains `text`."""
    (found,) = (each for each in SHELL if text in each)
    return found


class Reader:
    """Somebody at a terminal, on a machine where the tutorial's ports may be taken."""

    def __init__(self, folder: Path, server_time: list[str]) -> None:
        self.folder = folder
        self.gateway_port = free_port()
        self.instead = {
            "127.0.0.1:8080": f"127.0.0.1:{self.gateway_port}",
            "http.server 9000": f"http.server {(site := free_port())}",
            "127.0.0.1:9000": f"127.0.0.1:{site}",
            "[uvx, mcp-server-time]": json.dumps(server_time),
        }
        self.log = folder / "log"
        self.records = folder / "records"
        self.started: list[subprocess.Popen[bytes]] = []
        self.environment = os.environ | {"TRIGATE_KEY": KEY, "PATH": SYSTEM_PATH}

    def here(self, text: str) -> str:
        """The tutorial's text with the addresses of this machine."""
        for theirs, ours in self.instead.items():
            text = text.replace(theirs, ours)
        return text

    def run(self, commands: str) -> str:
        """What commands print."""
        done = subprocess.run(
            ["bash", "-ec", self.here(commands)],
            cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=PATIENCE, check=True,
        )  # fmt: skip
        return done.stdout

    def start(self, commands: str) -> None:
        """Commands that stay."""
        with self.log.open("ab") as log, self.records.open("ab") as records:
            started = subprocess.Popen(
                ["bash", "-ec", self.here(commands)],
                cwd=self.folder, env=self.environment, stdout=records, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.started.append(started)

    def save(self, text: str) -> None:
        """Write the configuration, on ports of this test."""
        ports = f"inbound: {{ listen: 127.0.0.1:{self.gateway_port} }}\nadmin: {{ listen: 127.0.0.1:{free_port()} }}\n"
        (self.folder / "trigate.yaml").write_text(ports + self.here(text), encoding="utf-8")

    def ask(self, path: str, *fields: str, body: object = None) -> str:
        """What the gateway answers to somebody with the key."""
        command = ["curl", "-s", f"http://127.0.0.1:{self.gateway_port}{path}", "-H", f"authorization: Bearer {KEY}"]
        for each in fields:
            command += ["-H", each]
        command += ["-d", json.dumps(body)] if body is not None else []
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        return done.stdout

    def outcomes(self) -> dict[str, str]:
        """How the calls on record ended, and whose the last of each kind was."""
        lines = self.records.read_text(encoding="utf-8").splitlines()
        records = [json.loads(each) for each in lines if each.startswith("{")]  # the site's server prints there too
        return {record["outcome"]: record.get("key", "") for record in records}

    def end(self) -> None:
        for each in self.started:
            os.killpg(each.pid, signal.SIGTERM)
        for each in self.started:
            each.wait(PATIENCE)


@pytest.fixture
def reader(tmp_path: Path, server_time: list[str], program: Callable[[str], str]) -> Iterator[Reader]:
    program("curl")
    found = Reader(tmp_path, server_time)
    try:
        yield found
    finally:
        found.end()


def test_the_tutorial_leads_to_a_service_a_model_and_a_tool(reader: Reader):
    service, model, tool = FILES
    assert f"export TRIGATE_KEY={KEY}" in block("export TRIGATE_KEY")
    assert (BIN / "trigate").is_file()

    reader.start(block("http.server").replace(" &\n", "\n"))
    reader.save(service)
    check, serve = block("trigate serve").splitlines()
    reader.run(check)
    reader.start(f"exec {serve}")
    until(lambda: "ready" in reader.log.read_text())
    until(lambda: "Hello" in reader.ask("/site/hello.txt"))

    without, with_key = reader.run(block("curl -i http://127.0.0.1:8080/site").replace("curl -i", "curl -si")).split(
        "HTTP/1.1 200"
    )
    assert "HTTP/1.1 401" in without
    assert "auth.invalid" in without
    assert "Hello from behind the gateway." in with_key
    until(lambda: {"auth.invalid": "", "ok": "me"}.items() <= reader.outcomes().items())

    reader.save(model)
    until(lambda: '"small"' in reader.ask("/v1/models"))

    reader.save(tool)
    listed = until(lambda: "time__" in (tools := reader.ask("/mcp", *MODERN, body=LIST_TOOLS)) and tools)
    assert "time__get_current_time" in listed
