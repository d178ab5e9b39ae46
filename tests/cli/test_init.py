"""`trigate init`."""

import json
import re
import socket
from pathlib import Path

import pytest

from trigate.cli.main import main
from trigate.config.discovery import known_variables


@pytest.fixture(autouse=True)
def _on_a_bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """No keys, an empty folder, and an Ollama address where nothing listens."""
    monkeypatch.chdir(tmp_path)
    for variable in (*known_variables(), "TRIGATE_KEY"):
        monkeypatch.delenv(variable, raising=False)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{closed.getsockname()[1]}")


def test_the_file_passes_check_once_the_printed_line_is_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("OPENAI_API_KEY", "canary-key")
    assert main(["init"]) == 0
    output = capsys.readouterr().out
    (key,) = re.findall(r"^export TRIGATE_KEY=(\S+)$", output, re.MULTILINE)
    assert main(["check"]) == 1
    monkeypatch.setenv("TRIGATE_KEY", key)
    assert main(["check"]) == 0
    assert capsys.readouterr().out == "trigate.yaml: 1 key, 0 routes, 1 provider, 0 models, 0 servers, 0 endpoints\n"
    written = Path("trigate.yaml").read_text()
    assert "canary" not in written + output
    assert key not in written


def test_servers_are_taken_over_without_their_secrets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    servers = {"git": {"command": "uvx", "args": ["mcp-server-git"], "env": {"GIT_TOKEN": "canary"}}}
    Path(".mcp.json").write_text(json.dumps({"mcpServers": servers}))
    monkeypatch.setenv("TRIGATE_KEY", "a-key-that-is-long-enough")
    assert main(["init"]) == 0
    output = capsys.readouterr().out
    assert "server git, from .mcp.json" in output
    assert "export GIT_TOKEN=" in output
    assert "export TRIGATE_KEY" not in output
    assert "canary" not in output + Path("trigate.yaml").read_text()
    monkeypatch.setenv("GIT_TOKEN", "x")
    assert main(["check"]) == 0


def test_a_bare_machine_gets_a_file_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("TRIGATE_KEY", "a-key-that-is-long-enough")
    assert main(["init"]) == 0
    assert "found no provider key" in capsys.readouterr().out
    assert main(["check"]) == 0


def test_a_file_is_overwritten_only_by_force(capsys: pytest.CaptureFixture[str]):
    Path("trigate.yaml").write_text("mine")
    assert main(["init"]) == 1
    assert Path("trigate.yaml").read_text() == "mine"
    assert "--force" in capsys.readouterr().err
    assert main(["init", "--force"]) == 0
    assert "policy:" in Path("trigate.yaml").read_text()


def test_another_file_may_be_named(capsys: pytest.CaptureFixture[str]):
    assert main(["init", "-o", "other.yaml"]) == 0
    assert Path("other.yaml").exists()
    assert "trigate serve -c other.yaml" in capsys.readouterr().out
