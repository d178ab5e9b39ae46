"""`trigate mcp list`."""

import json
import sys
from pathlib import Path

import pytest

from trigate.cli.main import main

FILE = """
mcp:
  servers:
    git: { command: [uvx, mcp-server-git, "${CANARY_TOKEN}"], start: eager }
    walled: { sandbox: { kind: container, image: "a/b:1", unpinned: true } }
    docs: { url: "https://docs.example/mcp", era: modern }
  endpoints:
    writing: { servers: [docs] }
    coding: { servers: [git, docs] }
"""


@pytest.fixture(autouse=True)
def _in_a_folder_with_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CANARY_TOKEN", "canary-in-an-argument")
    Path("trigate.yaml").write_text(FILE)


def test_servers_are_listed_with_the_way_to_them_and_their_endpoints(capsys: pytest.CaptureFixture[str]):
    assert main(["mcp", "list", "--format", "json"]) == 0
    git, walled, docs = json.loads(capsys.readouterr().out)
    assert (git["name"], git["kind"], git["start"], git["endpoints"]) == ("git", "stdio", "eager", ["coding"])
    assert (walled["reached_by"], walled["sandbox"]) == ("a/b:1", "container")
    assert (docs["kind"], docs["reached_by"], docs["era"]) == ("http", "https://docs.example/mcp", "modern")
    assert docs["endpoints"] == ["writing", "coding"]


def test_what_came_from_a_reference_is_not_shown(capsys: pytest.CaptureFixture[str]):
    assert main(["mcp", "list"]) == 0
    shown = capsys.readouterr().out
    assert "canary" not in shown
    assert "uvx mcp-server-git" in shown


def test_a_file_without_the_lane_has_none(capsys: pytest.CaptureFixture[str]):
    Path("trigate.yaml").write_text("{}\n")
    assert main(["mcp", "list", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_servers_are_reached_all_at_the_same_time_where_that_is_wanted(capsys: pytest.CaptureFixture[str]):
    demo = f"demo: {{ command: [{sys.executable}, -m, trigate.cli.demo.tools] }}"
    Path("trigate.yaml").write_text(f"mcp: {{ servers: {{ {demo}, gone: {{ command: [/nonexistent/x] }} }} }}\n")
    assert main(["mcp", "list", "--probe", "--format", "json"]) == 1
    found, gone = json.loads(capsys.readouterr().out)
    assert (found["answers"], found["speaks"], found["tools"]) == ("yes", "2026-07-28", 3)
    assert "cannot be started" in gone["answers"]
