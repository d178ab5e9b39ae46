"""`trigate mcp inspect`."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from trigate.cli.main import main

FILE = f"""
mcp:
  servers:
    demo: {{ command: [{sys.executable}, -m, trigate.cli.demo.tools] }}
    gone: {{ command: [/nonexistent/program] }}
  endpoints:
    sums: {{ servers: [demo], allow: ["demo/add"], prefix: false }}
"""


@pytest.fixture(autouse=True)
def _in_a_folder_with_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("trigate.yaml").write_text(FILE)


def inspected(capsys: pytest.CaptureFixture[str], name: str) -> list[dict[str, Any]]:
    assert main(["mcp", "inspect", name, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_an_endpoint_shows_its_tools_under_its_names(capsys: pytest.CaptureFixture[str]):
    (tool,) = inspected(capsys, "sums")
    assert (tool["tool"], tool["takes"]) == ("add", ["a", "b"])
    assert tool["inputSchema"]["type"] == "object"
    counted = {"name": "add", "description": "Adds two numbers.", "inputSchema": tool["inputSchema"]}
    assert abs(tool["tokens"] - len(json.dumps(counted, separators=(",", ":"))) / 4) < 10


def test_a_server_shows_all_of_its_tools(capsys: pytest.CaptureFixture[str]):
    assert {each["tool"] for each in inspected(capsys, "demo")} >= {"demo__add", "demo__calculate"}


def test_schemas_and_the_sum_are_shown_to_people(capsys: pytest.CaptureFixture[str]):
    assert main(["mcp", "inspect", "sums", "--schemas"]) == 0
    told = capsys.readouterr().out
    assert '"required": ' in told
    assert "1 tools, about " in told


def test_a_server_that_is_down_costs_only_its_own_tools(capsys: pytest.CaptureFixture[str]):
    assert main(["mcp", "inspect"]) == 1
    told = capsys.readouterr().out
    assert "demo__add" in told
    assert "not reached: gone: hello: its command cannot be started" in told


def test_what_there_is_not_is_told(capsys: pytest.CaptureFixture[str]):
    assert main(["mcp", "inspect", "none"]) == 1
    assert "no server or endpoint 'none'" in capsys.readouterr().err
