"""`trigate approvals`: what waits, and what is decided."""

import json
from pathlib import Path

import pytest

from tests.admin.test_approval import wait
from trigate.cli.main import main


@pytest.fixture
def file(tmp_path: Path) -> str:
    wait(tmp_path)
    path = tmp_path / "trigate.yaml"
    path.write_text(f"store: {{ directory: {tmp_path} }}\n")
    return str(path)


def test_a_call_is_listed_shown_and_approved(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["approvals", "list", "-c", file]) == 0
    title, line = capsys.readouterr().out.splitlines()
    assert title.split()[:3] == ["id", "time", "state"]
    assert "server/git/tool/push" in line
    assert main(["approvals", "show", "a", "-c", file]) == 0
    assert json.loads(capsys.readouterr().out)["arguments"] == {"branch": "main"}
    assert main(["approvals", "approve", "a", "-c", file, "--comment", "fine"]) == 0
    assert capsys.readouterr().out == "a is granted: mcp.tools.call on server/git/tool/push by dev\n"
    assert main(["approvals", "list", "-c", file]) == 0
    assert len(capsys.readouterr().out.splitlines()) <= 1
    assert main(["approvals", "list", "-c", file, "--state", "all", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["comment"] == "fine"


def test_what_is_not_there_is_refused(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["approvals", "deny", "none", "-c", file]) == 1
    assert "none" in capsys.readouterr().err
